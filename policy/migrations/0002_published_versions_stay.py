"""A published version never changes; it may only be withdrawn before its day (readings, limits)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION policy_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'published' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.status = 'withdrawn' AND NEW.since = OLD.since
       AND NEW.number = OLD.number AND NEW.title = OLD.title
       AND NEW.approved_by_id IS NOT DISTINCT FROM OLD.approved_by_id
       AND NEW.approved_at IS NOT DISTINCT FROM OLD.approved_at THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '已发布的参数版本不能更改。' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON policy_policyversion
    FOR EACH ROW EXECUTE FUNCTION policy_published_stays();
"""

BACKWARD = """
DROP TRIGGER published_stays ON policy_policyversion;
DROP FUNCTION policy_published_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
