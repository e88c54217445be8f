"""The first tables"""

import sqlalchemy as sa
from alembic import op

import store.columns

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('authorities',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('ons_code', sa.String(length=16), nullable=True),
    sa.Column('police_id', sa.String(length=64), nullable=True),
    sa.CheckConstraint("kind in ('local_authority', 'police_force')", name=op.f('ck_authorities_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authorities')),
    sa.UniqueConstraint('ons_code', name=op.f('uq_authorities_ons_code'))
    )
    op.create_table('borders',
    sa.Column('first_id', sa.String(length=64), nullable=False),
    sa.Column('second_id', sa.String(length=64), nullable=False),
    sa.CheckConstraint('first_id < second_id', name=op.f('ck_borders_once')),
    sa.PrimaryKeyConstraint('first_id', 'second_id', name=op.f('pk_borders'))
    )
    with op.batch_alter_table('borders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_borders_second_id'), ['second_id'], unique=False)

    op.create_table('canary',
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('flown_at', store.columns.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_canary'))
    )
    op.create_table('facts',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('alias', sa.String(length=64), nullable=True),
    sa.Column('n', sa.Integer(), nullable=True),
    sa.Column('origin', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('recorded_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=True),
    sa.Column('actor', sa.JSON(), nullable=False),
    sa.Column('data_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.CheckConstraint("(origin = 'workflow') = (n is not null)", name=op.f('ck_facts_numbered')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facts')),
    sa.UniqueConstraint('alias', 'n', name=op.f('uq_facts_alias_n'))
    )
    with op.batch_alter_table('facts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_facts_alias'), ['alias'], unique=False)

    op.create_table('histories',
    sa.Column('run_id', sa.String(length=64), nullable=False),
    sa.Column('alias', sa.String(length=64), nullable=False),
    sa.Column('workflow_id', sa.String(length=128), nullable=False),
    sa.Column('kept_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('history_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_histories'))
    )
    with op.batch_alter_table('histories', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_histories_alias'), ['alias'], unique=False)

    op.create_table('intents',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('asker', sa.String(length=128), nullable=False),
    sa.Column('route', sa.String(length=255), nullable=False),
    sa.Column('alias', sa.String(length=64), nullable=True),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('status_code', sa.Integer(), nullable=True),
    sa.Column('created_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.Column('response_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('response_key_id', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intents')),
    sa.UniqueConstraint('asker', 'key', name=op.f('uq_intents_asker_key'))
    )
    with op.batch_alter_table('intents', schema=None) as batch_op:
        batch_op.create_index('ix_intents_placement', ['alias', 'kind', 'status'], unique=False)
        batch_op.create_index('ix_intents_waiting', ['status', 'created_at', 'id'], unique=False)

    op.create_table('meta',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('value_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_meta'))
    )
    op.create_table('notifications',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('alias', sa.String(length=64), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=True),
    sa.Column('rung', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('template', sa.String(length=64), nullable=False),
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=8), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('provider_id', sa.String(length=128), nullable=True),
    sa.Column('error_code', sa.String(length=64), nullable=True),
    sa.Column('created_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('status_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notifications'))
    )
    with op.batch_alter_table('notifications', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notifications_address_hash'), ['address_hash'], unique=False)
        batch_op.create_index('ix_notifications_episode', ['alias', 'episode'], unique=False)
        batch_op.create_index(batch_op.f('ix_notifications_provider_id'), ['provider_id'], unique=False)

    op.create_table('people',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people'))
    )
    op.create_table('policies',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('canonical', sa.Text(), nullable=False),
    sa.Column('toml', sa.Text(), nullable=False),
    sa.Column('drafted_by', sa.String(length=64), nullable=False),
    sa.Column('drafted_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('published_by', sa.String(length=64), nullable=True),
    sa.Column('published_at', store.columns.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', 'version', name=op.f('pk_policies'))
    )
    op.create_table('replies',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('sent_at', store.columns.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replies'))
    )
    with op.batch_alter_table('replies', schema=None) as batch_op:
        batch_op.create_index('ix_replies_address', ['address_hash', 'sent_at'], unique=False)

    op.create_table('reply_codes',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('alias', sa.String(length=64), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('opened_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('closed_at', store.columns.Instant(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_codes'))
    )
    with op.batch_alter_table('reply_codes', schema=None) as batch_op:
        batch_op.create_index('ix_reply_codes_episode', ['alias', 'episode'], unique=False)
        batch_op.create_index('ix_reply_codes_open', ['address_hash', 'code'], unique=True, sqlite_where=sa.text('closed_at is null'), postgresql_where=sa.text('closed_at is null'))

    op.create_table('sessions',
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('created_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', store.columns.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('secret_hash', name=op.f('pk_sessions'))
    )
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sessions_expires_at'), ['expires_at'], unique=False)

    op.create_table('snapshots',
    sa.Column('alias', sa.String(length=64), nullable=False),
    sa.Column('as_of_fact', sa.Integer(), nullable=False),
    sa.Column('as_of', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('overdue_at', store.columns.Instant(timezone=True), nullable=True),
    sa.Column('ended', sa.Boolean(), nullable=False),
    sa.Column('episode_open', sa.Boolean(), nullable=False),
    sa.Column('ladder_runs', sa.Boolean(), nullable=False),
    sa.Column('snapshot', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('alias', name=op.f('pk_snapshots'))
    )
    with op.batch_alter_table('snapshots', schema=None) as batch_op:
        batch_op.create_index('ix_snapshots_watch', ['ended', 'ladder_runs', 'overdue_at'], unique=False)

    op.create_table('tokens',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=True),
    sa.Column('created_by', sa.String(length=64), nullable=False),
    sa.Column('created_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('revoked_at', store.columns.Instant(timezone=True), nullable=True),
    sa.Column('label_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tokens')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_tokens_secret_hash'))
    )
    op.create_table('webhook_events',
    sa.Column('provider', sa.String(length=32), nullable=False),
    sa.Column('event_key', sa.String(length=64), nullable=False),
    sa.Column('seen_at', store.columns.Instant(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('provider', 'event_key', name=op.f('pk_webhook_events'))
    )
    with op.batch_alter_table('webhook_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_webhook_events_seen_at'), ['seen_at'], unique=False)

    op.create_table('contacts',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('verified_at', store.columns.Instant(timezone=True), nullable=True),
    sa.Column('disabled_at', store.columns.Instant(timezone=True), nullable=True),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_contacts_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts'))
    )
    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contacts_address_hash'), ['address_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_contacts_person_id'), ['person_id'], unique=False)

    op.create_table('homes',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('authority_id', sa.String(length=64), nullable=False),
    sa.Column('timezone', sa.String(length=64), nullable=False),
    sa.Column('demonstration', sa.Boolean(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['authority_id'], ['authorities.id'], name=op.f('fk_homes_authority_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_homes')),
    sa.UniqueConstraint('code', name=op.f('uq_homes_code'))
    )
    op.create_table('placements',
    sa.Column('alias', sa.String(length=64), nullable=False),
    sa.Column('home_id', sa.String(length=64), nullable=False),
    sa.Column('placing_authority_id', sa.String(length=64), nullable=False),
    sa.Column('policy_id', sa.String(length=64), nullable=False),
    sa.Column('admitted_at', store.columns.Instant(timezone=True), nullable=False),
    sa.Column('request_id', sa.String(length=64), nullable=False),
    sa.Column('child_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['home_id'], ['homes.id'], name=op.f('fk_placements_home_id')),
    sa.ForeignKeyConstraint(['placing_authority_id'], ['authorities.id'], name=op.f('fk_placements_placing_authority_id')),
    sa.PrimaryKeyConstraint('alias', name=op.f('pk_placements')),
    sa.UniqueConstraint('request_id', name=op.f('uq_placements_request_id'))
    )
    with op.batch_alter_table('placements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_placements_home_id'), ['home_id'], unique=False)

    op.create_table('roles',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('home_id', sa.String(length=64), nullable=True),
    sa.Column('authority_id', sa.String(length=64), nullable=True),
    sa.CheckConstraint('(home_id is null) <> (authority_id is null)', name=op.f('ck_roles_one_place')),
    sa.ForeignKeyConstraint(['authority_id'], ['authorities.id'], name=op.f('fk_roles_authority_id')),
    sa.ForeignKeyConstraint(['home_id'], ['homes.id'], name=op.f('fk_roles_home_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_roles_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roles'))
    )
    with op.batch_alter_table('roles', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roles_authority_id'), ['authority_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_roles_home_id'), ['home_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_roles_person_id'), ['person_id'], unique=False)

    _forbid_changes_of_facts()


def _forbid_changes_of_facts() -> None:
    """A correction is a new fact that points at the old one: the database itself refuses anything else."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER facts_refuse_{verb.lower()} BEFORE {verb} ON facts "
                "BEGIN SELECT RAISE(ABORT, 'facts are never changed'); END"
            )
        # INSERT OR REPLACE deletes without asking the trigger above.
        op.execute(
            "CREATE TRIGGER facts_refuse_replace BEFORE INSERT ON facts "
            "WHEN EXISTS (SELECT 1 FROM facts WHERE id = NEW.id OR (alias = NEW.alias AND n = NEW.n)) "
            "BEGIN SELECT RAISE(IGNORE); END"
        )
        return
    op.execute(
        "CREATE FUNCTION facts_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'facts are never changed' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER facts_refuse_change BEFORE UPDATE OR DELETE ON facts "
        "FOR EACH ROW EXECUTE FUNCTION facts_refuse()"
    )
    op.execute(
        "CREATE TRIGGER facts_refuse_truncate BEFORE TRUNCATE ON facts "
        "FOR EACH STATEMENT EXECUTE FUNCTION facts_refuse()"
    )
