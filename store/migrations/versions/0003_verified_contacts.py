"""How a contact was verified, whether texts to it were stopped, and what is still to be told of it"""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added one by one, never by copying the table.
    op.add_column("contacts", sa.Column("stopped_at", Instant(), nullable=True))
    op.add_column("contacts", sa.Column("taken_over", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("contacts", sa.Column("news", sa.String(length=16), nullable=True))
    op.add_column("contacts", sa.Column("news_at", Instant(), nullable=True))
    op.create_index("ix_contacts_news", "contacts", ["news"])
    # What was relied upon until this minute is relied upon in the next: an upgrade wakes nobody (ADR 0018).
    op.execute("update contacts set taken_over = true where verified_at is null")
    op.create_table(
        "verifications",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verifications"),
    )
    op.create_index("ix_verifications_contact_id", "verifications", ["contact_id"])
    op.create_index("ix_verifications_address_hash", "verifications", ["address_hash"])
