"""A cascade that ends leaves no attempt open: a trigger closes them, and those of cascades that ended before."""

from collections.abc import Sequence

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# The call was made and may have been billed, so a result that has a ticket is collected late, as after any attempt that
# was given up. The worker of a cancelled run has stopped by then.
_CLOSE = """
CREATE FUNCTION close_attempts(cascade uuid, at timestamptz) RETURNS void LANGUAGE sql AS $$
  UPDATE attempts SET
    outcome = 'error',
    reason = 'interrupted: the run ended during the call; it may have been billed',
    answer = jsonb_build_object('type', 'failed', 'trouble', 'interrupted',
      'reason', 'the run ended during the call; it may have been billed', 'retry_after', NULL),
    late_result_due_at = CASE WHEN ticket IS NOT NULL THEN at + interval '15 seconds' END,
    ended_at = at
  WHERE cascade_id = cascade AND outcome IS NULL
$$
"""
_ON_END = """
CREATE FUNCTION close_attempts_of_ended_cascade() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM close_attempts(NEW.id, coalesce(NEW.ended_at, now()));
  RETURN NULL;
END $$
"""
_TRIGGER = """
CREATE TRIGGER close_attempts AFTER UPDATE OF open ON cascades
FOR EACH ROW WHEN (OLD.open AND NOT NEW.open) EXECUTE FUNCTION close_attempts_of_ended_cascade()
"""
_ENDED_BEFORE = """
SELECT close_attempts(id, now()) FROM cascades
WHERE NOT open AND id IN (SELECT cascade_id FROM attempts WHERE outcome IS NULL)
"""


def upgrade() -> None:
    """Close the attempts of cascades that have ended, now and from now on, whichever version ends them."""
    for statement in (_CLOSE, _ON_END, _TRIGGER, _ENDED_BEFORE):
        op.execute(statement)
