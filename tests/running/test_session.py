"""The test session itself: templates and pages behave as the conftest promises."""

import pytest
from django.template import Context, engines


def test_an_undefined_variable_in_a_template_fails():
    template = engines["django"].engine.from_string("{{ nobody_set_this }}")
    with pytest.raises(AssertionError, match="nobody_set_this"):
        template.render(Context())


def test_the_login_page_of_the_administration_renders_under_that_rule(client, db):
    answer = client.get("/admin/login/", follow=True)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
