"""When a message counts as not delivered if nothing final has been heard of it"""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notifications", sa.Column("confirm_by", Instant(), nullable=True))
    waited_for = sa.text("confirm_by is not null")
    op.create_index(
        "ix_notifications_confirm_by",
        "notifications",
        ["confirm_by"],
        sqlite_where=waited_for,
        postgresql_where=waited_for,
    )
