"""Addresses of violations and of the review list; part of ``desk.urls``."""

from django.urls import path

from desk.views import (
    reviews,
    violation_acts,
    violation_evidence,
    violation_mild,
    violation_orders,
    violations,
)

violation_patterns = [
    path("violations/", violations.violation_list, name="violation-list"),
    path("violations/new/", violations.violation_new, name="violation-new"),
    path("violations/new/<int:pk>/", violations.violation_add, name="violation-add"),
    path(
        "violations/new/elsewhere/",
        violations.violation_add_elsewhere,
        name="violation-add-elsewhere",
    ),
    path("violations/<int:pk>/", violations.violation_detail, name="violation-detail"),
    path("violations/<int:pk>/edit/", violations.violation_edit, name="violation-edit"),
    path("violations/<int:pk>/touch/", violation_orders.violation_touch, name="violation-touch"),
    path("violations/<int:pk>/order/", violation_orders.violation_order, name="violation-order"),
    *(
        path(f"violations/<int:pk>/{name}/", view, name=f"violation-{name}")
        for name, view in violation_acts.ACTS.items()
    ),
    path(
        "violations/<int:pk>/case/<slug:step>/",
        violation_acts.violation_case,
        name="violation-case",
    ),
    path(
        "violations/<int:pk>/lists/<slug:kind>/",
        violation_mild.violation_mild,
        name="violation-mild",
    ),
    path(
        "violations/<int:pk>/evidence/",
        violation_evidence.violation_evidence_add,
        name="violation-evidence-add",
    ),
    path(
        "violations/evidence/<int:pk>/",
        violation_evidence.violation_evidence,
        name="violation-evidence",
    ),
    path("reviews/", reviews.review_queue, name="review-queue"),
    path("reviews/keep/", reviews.review_keep, name="review-keep"),
    path("reviews/<int:pk>/", reviews.review_detail, name="review-detail"),
    path("reviews/<int:pk>/propose/", reviews.review_propose, name="review-propose"),
    path("reviews/<int:pk>/decide/", reviews.review_decide, name="review-decide"),
]
