"""edgeval: is the model on the microcontroller still the model that was validated?"""

from __future__ import annotations

__version__ = "0.1.0"
