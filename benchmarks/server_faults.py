"""All faults of servers, by family: see `server_fault.py` for what each says.

They are written from their formulas in NumPy and pandas: nothing of skewcheck's own steps, search
or injected faults is in them.
"""

from __future__ import annotations

import server_levels
import server_parameters
import server_rows
import server_state
import server_values
from server_fault import ServerFault

FAULTS: tuple[ServerFault, ...] = (
    *server_values.all_faults(),
    *server_levels.all_faults(),
    *server_parameters.all_faults(),
    *server_state.all_faults(),
    *server_rows.all_faults(),
)
