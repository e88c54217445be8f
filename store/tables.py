"""The tables. What is personal or free text stands in `*_sealed` columns; the rest may be read by an operator.

Changing one needs a migration in `store/migrations/versions`; a test compares the two.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from store.columns import Instant, identity, key_id, sealed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    sealed("value"),
    key_id(),
)
"""The installation's own secrets, such as the key of the address index."""

# ── The directory ──────────────────────────────────────────────────────────────────────────────────────────────────

authorities = Table(
    "authorities",
    metadata,
    identity(primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("ons_code", String(16), unique=True),
    identity("police_id"),
    Column("geography", String(8)),
    identity("file_police_id"),
    CheckConstraint("kind in ('local_authority', 'police_force')", name="kind"),
)
"""`geography`: `current` if the geography loaded last names it, `former` if only an earlier one did, null if people
entered it. `file_police_id` is the force that the geography gave it: `police_id` follows that until a person chooses
another.
"""

borders = Table(
    "borders",
    metadata,
    identity("first_id", primary_key=True),
    identity("second_id", primary_key=True, index=True),
    Column("touching", String(8)),
    Column("by_hand", Boolean, nullable=False, server_default=true()),
    CheckConstraint("first_id < second_id", name="once"),
)
"""Which authorities lie beside each other. A border is one row, whichever side is asked.

`touching` is how the geography says they do (`land`, `bridge`, `water`; null: it does not say so), `by_hand` whether
people want them to count as neighbours. The two never overwrite each other.
"""

homes = Table(
    "homes",
    metadata,
    identity(primary_key=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("authority_id", String(64), ForeignKey("authorities.id"), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("demonstration", Boolean, nullable=False),
    sealed("name"),
    key_id(),
    sealed("phone", nullable=True),
)
"""`phone` is the number that somebody who has been alerted rings to speak to the home. It says where the home is."""

people = Table(
    "people",
    metadata,
    identity(primary_key=True),
    sealed("name"),
    key_id(),
)

roles = Table(
    "roles",
    metadata,
    identity(primary_key=True),
    Column("person_id", String(64), ForeignKey("people.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("role", String(32), nullable=False),
    Column("home_id", String(64), ForeignKey("homes.id"), index=True),
    Column("authority_id", String(64), ForeignKey("authorities.id"), index=True),
    CheckConstraint("(home_id is null) <> (authority_id is null)", name="one_place"),
)

contacts = Table(
    "contacts",
    metadata,
    identity(primary_key=True),
    Column("person_id", String(64), ForeignKey("people.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address_hash", String(64), nullable=False, index=True),
    Column("verified_at", Instant),
    Column("disabled_at", Instant),
    Column("stopped_at", Instant),
    Column("taken_over", Boolean, nullable=False, server_default=false()),
    Column("news", String(16), index=True),
    Column("news_at", Instant),
    sealed("address"),
    key_id(),
)
"""`stopped_at`: STOP was texted from this number; only texts are ever stopped. `taken_over`: entered by somebody who
says that it is right, and relied upon until it is changed. `news` is what its owner or their manager has not been told.
"""

verifications = Table(
    "verifications",
    metadata,
    identity(primary_key=True),
    identity("person_id", nullable=False),
    identity("contact_id", nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("address_hash", String(64), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
"""Codes and links under way. Neither stands here: both are made from the id with the installation's own key."""

# ── Placements and what happened to them ───────────────────────────────────────────────────────────────────────────

placements = Table(
    "placements",
    metadata,
    identity("alias", primary_key=True),
    Column("home_id", String(64), ForeignKey("homes.id"), nullable=False, index=True),
    Column("placing_authority_id", String(64), ForeignKey("authorities.id"), nullable=False),
    Column("policy_id", String(64), nullable=False),
    Column("admitted_at", Instant, nullable=False),
    Column("request_id", String(64), nullable=False, unique=True),
    sealed("child"),
    key_id(),
)

snapshots = Table(
    "snapshots",
    metadata,
    identity("alias", primary_key=True),
    Column("as_of_fact", Integer, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("overdue_at", Instant),
    Column("ended", Boolean, nullable=False),
    Column("episode_open", Boolean, nullable=False),
    Column("ladder_runs", Boolean, nullable=False),
    Column("snapshot", JSON, nullable=False),
    Index("ix_snapshots_watch", "ended", "ladder_runs", "overdue_at"),
)
"""Rebuilt from the engine; separate from placements so that a snapshot can never wait for one."""

facts = Table(
    "facts",
    metadata,
    identity(primary_key=True),
    identity("alias", index=True),
    Column("n", Integer),
    Column("origin", String(16), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("episode", Integer),
    Column("actor", JSON, nullable=False),
    sealed("data"),
    key_id(),
    UniqueConstraint("alias", "n"),
    CheckConstraint("(origin = 'workflow') = (n is not null)", name="numbered"),
)
"""Append-only: triggers refuse UPDATE and DELETE."""

histories = Table(
    "histories",
    metadata,
    identity("run_id", primary_key=True),
    identity("alias", nullable=False, index=True),
    Column("workflow_id", String(128), nullable=False),
    Column("kept_at", Instant, nullable=False),
    sealed("history"),
    key_id(),
)

policies = Table(
    "policies",
    metadata,
    identity(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("canonical", Text, nullable=False),
    Column("toml", Text, nullable=False),
    identity("drafted_by", nullable=False),
    Column("drafted_at", Instant, nullable=False),
    identity("published_by"),
    Column("published_at", Instant),
)

# ── What people report, and what they are told ─────────────────────────────────────────────────────────────────────

intents = Table(
    "intents",
    metadata,
    identity(primary_key=True),
    Column("key", String(255), nullable=False),
    Column("asker", String(128), nullable=False),
    Column("route", String(255), nullable=False),
    identity("alias"),
    Column("kind", String(64), nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("status_code", Integer),
    Column("created_at", Instant, nullable=False),
    sealed("body"),
    key_id(),
    sealed("response", nullable=True),
    Column("response_key_id", String(32)),
    UniqueConstraint("asker", "key"),
    Index("ix_intents_waiting", "status", "created_at", "id"),
    Index("ix_intents_placement", "alias", "kind", "status"),
)

_WAITED_FOR = text("confirm_by is not null")

notifications = Table(
    "notifications",
    metadata,
    identity(primary_key=True),
    identity("alias", nullable=False),
    Column("episode", Integer),
    Column("rung", String(64), nullable=False),
    identity("person_id", nullable=False),
    Column("channel", String(16), nullable=False),
    Column("template", String(64), nullable=False),
    Column("address_hash", String(64), nullable=False, index=True),
    Column("code", String(8)),
    Column("status", String(16), nullable=False),
    Column("provider_id", String(128), index=True),
    # Of the token by which this message can be answered: the token itself stands in the message and nowhere else.
    Column("link_hash", String(64), index=True),
    Column("error_code", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("status_at", Instant, nullable=False),
    Column("confirm_by", Instant),
    sealed("address"),
    key_id(),
    Index("ix_notifications_episode", "alias", "episode"),
    Index("ix_notifications_confirm_by", "confirm_by", sqlite_where=_WAITED_FOR, postgresql_where=_WAITED_FOR),
)
"""`confirm_by`: when it counts as not delivered if nothing final has been heard of it; null once that is settled."""

_OPEN = text("closed_at is null")

reply_codes = Table(
    "reply_codes",
    metadata,
    identity(primary_key=True),
    Column("address_hash", String(64), nullable=False),
    Column("code", String(8), nullable=False),
    identity("alias", nullable=False),
    Column("episode", Integer, nullable=False),
    identity("person_id", nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    # A code is one episode to one phone while it is open: `Y 4821` can't mean two children.
    Index("ix_reply_codes_open", "address_hash", "code", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_reply_codes_episode", "alias", "episode"),
)

replies = Table(
    "replies",
    metadata,
    identity(primary_key=True),
    Column("address_hash", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Index("ix_replies_address", "address_hash", "sent_at"),
)
"""Answers sent to texts that came in: counted, so that two machines can't text each other for ever."""

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("event_key", String(64), primary_key=True),
    Column("seen_at", Instant, nullable=False, index=True),
)

# ── Who may ask, and whether the engine lives ──────────────────────────────────────────────────────────────────────

tokens = Table(
    "tokens",
    metadata,
    identity(primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    identity("person_id"),
    identity("created_by", nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    sealed("label"),
    key_id(),
)

sessions = Table(
    "sessions",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    identity("person_id", nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

canary = Table(
    "canary",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("round", Integer, nullable=False),
    Column("flown_at", Instant, nullable=False),
)
"""One row: the last flight."""
