"""Rows that are written once: the database refuses to change them, whoever asks."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

REFUSE = """
    CREATE FUNCTION botplatform_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% of % is refused: its rows are written once', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON botplatform_auditentry
        FOR EACH ROW EXECUTE FUNCTION botplatform_refuse_change();
    CREATE TRIGGER never_emptied BEFORE TRUNCATE ON botplatform_auditentry
        FOR EACH STATEMENT EXECUTE FUNCTION botplatform_refuse_change();
    CREATE TRIGGER written_once BEFORE UPDATE ON botplatform_agentconfigversion
        FOR EACH ROW EXECUTE FUNCTION botplatform_refuse_change();
    CREATE TRIGGER written_once BEFORE UPDATE ON botplatform_routingversion
        FOR EACH ROW EXECUTE FUNCTION botplatform_refuse_change();
    REVOKE UPDATE, DELETE, TRUNCATE ON botplatform_auditentry FROM CURRENT_USER;
"""
ALLOW = """
    GRANT UPDATE, DELETE, TRUNCATE ON botplatform_auditentry TO CURRENT_USER;
    DROP TRIGGER written_once ON botplatform_routingversion;
    DROP TRIGGER written_once ON botplatform_agentconfigversion;
    DROP TRIGGER never_emptied ON botplatform_auditentry;
    DROP TRIGGER written_once ON botplatform_auditentry;
    DROP FUNCTION botplatform_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("botplatform", "0003_operator_console")]
    operations: ClassVar = [migrations.RunSQL(REFUSE, ALLOW)]
