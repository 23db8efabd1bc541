"""Projects on disk: saving, opening, finding media again, backups, the lock and the recovery journal."""

from .backups import Backup, list_backups
from .codec import state_digest
from .decode import Problem
from .journal import JournalWriter, Record
from .lock import ProjectLock
from .places import relocate, relocate_picture
from .recovery import Recovered, Recovery, find_recoverable, recover
from .state import remember, remember_emissions, state_folder
from .store import Loaded, load_project, save_project

__all__ = [
    "Backup",
    "JournalWriter",
    "Loaded",
    "Problem",
    "ProjectLock",
    "Record",
    "Recovered",
    "Recovery",
    "find_recoverable",
    "list_backups",
    "load_project",
    "recover",
    "relocate",
    "relocate_picture",
    "remember",
    "remember_emissions",
    "save_project",
    "state_digest",
    "state_folder",
]
