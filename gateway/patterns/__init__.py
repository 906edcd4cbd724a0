"""Regular expressions that find a match in time linear in the text, whatever the pattern.

APIs bring their own patterns (`selectionPattern`, `replaceAll`, a schema's `pattern`) and clients
bring the texts, so that a backtracking engine would hand either of them the worker's time. Finding
all matches may still take the square of that; those who do count the work. The syntax is the part
of Java's that can be matched so: no back references and no look-around, which are refused.
"""

from gateway.patterns.bounded import fits
from gateway.patterns.pattern import Pattern, compile_pattern
from gateway.patterns.syntax import InvalidPattern

__all__ = ["InvalidPattern", "Pattern", "compile_pattern", "fits"]
