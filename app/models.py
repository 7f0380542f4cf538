"""Every table, imported once: what migrations and `create_all` see."""

from app.api import models as api
from app.cases import models as cases
from app.db import Base
from app.diagnostics import models as diagnostics
from app.documents import models as documents
from app.files import models as files
from app.identification import models as identification
from app.imports import models as imports
from app.journal import models as journal
from app.outbox import models as outbox
from app.people import models as people
from app.programmes import models as programmes
from app.programmes import plan_models as plans
from app.programmes.mentoring import models as mentoring
from app.results import models as results
from app.schools import models as schools
from app.teachers import models as teachers

metadata = Base.metadata

__all__ = [
    "api",
    "cases",
    "diagnostics",
    "documents",
    "files",
    "identification",
    "imports",
    "journal",
    "mentoring",
    "metadata",
    "outbox",
    "people",
    "plans",
    "programmes",
    "results",
    "schools",
    "teachers",
]
