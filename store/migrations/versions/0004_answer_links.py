"""Links by which a message can be answered"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notifications", sa.Column("link_hash", sa.String(length=64), nullable=True))
    op.create_index("ix_notifications_link_hash", "notifications", ["link_hash"])
