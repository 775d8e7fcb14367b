"""Approved versions of lists and the shipped proposals never change, nor do their items."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION redline_versions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IN ('approved', 'proposal') THEN
        RAISE EXCEPTION '已批准的清单和建议稿不能更改，请起草新版本。'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER approved_stays BEFORE UPDATE OR DELETE ON redline_listversion
    FOR EACH ROW EXECUTE FUNCTION redline_versions_stay();

CREATE FUNCTION redline_items_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_version bigint := CASE TG_OP WHEN 'INSERT' THEN NULL ELSE OLD.version_id END;
    new_version bigint := CASE TG_OP WHEN 'DELETE' THEN NULL ELSE NEW.version_id END;
BEGIN
    -- First the lock, then the look: who approves the version meanwhile is waited for.
    PERFORM 1 FROM redline_listversion WHERE id IN (old_version, new_version) FOR SHARE;
    IF EXISTS (SELECT FROM redline_listversion
               WHERE id IN (old_version, new_version) AND status IN ('approved', 'proposal')) THEN
        RAISE EXCEPTION '已批准的清单和建议稿的事项不能更改，请起草新版本。'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER approved_stays BEFORE INSERT OR UPDATE OR DELETE ON redline_listitem
    FOR EACH ROW EXECUTE FUNCTION redline_items_stay();
"""

BACKWARD = """
DROP TRIGGER approved_stays ON redline_listitem;
DROP FUNCTION redline_items_stay();
DROP TRIGGER approved_stays ON redline_listversion;
DROP FUNCTION redline_versions_stay();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("redline", "0001_red_lines"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
