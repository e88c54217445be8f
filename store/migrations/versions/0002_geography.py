"""Where an authority and a border come from: people, or the geography file"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added one by one, never by copying the table: homes and people refer to authorities.
    op.add_column("authorities", sa.Column("geography", sa.String(length=8), nullable=True))
    op.add_column("authorities", sa.Column("file_police_id", sa.String(length=64), nullable=True))
    op.add_column("borders", sa.Column("touching", sa.String(length=8), nullable=True))
    # Whatever is there so far was entered by people.
    op.add_column("borders", sa.Column("by_hand", sa.Boolean(), server_default=sa.true(), nullable=False))
