"""Projects on disk: saving, opening, finding media again, backups, the lock and the recovery journal."""

from .backups import Backup, list_backups
from .codec import state_digest
from .decode import Problem
from .places import relocate
from .state import remember, state_folder
from .store import Loaded, load_project, save_project

__all__ = [
    "Backup",
    "Loaded",
    "Problem",
    "list_backups",
    "load_project",
    "relocate",
    "remember",
    "save_project",
    "state_digest",
    "state_folder",
]
