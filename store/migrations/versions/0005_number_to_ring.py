"""A home's number to ring"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("homes", sa.Column("phone_sealed", sa.LargeBinary(), nullable=True))
