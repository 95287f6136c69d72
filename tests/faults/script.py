"""The answers that lead to findings in the shortest way, as numbers typed on a phone without buttons.

None of the signs of danger is said in a word: where there are buttons a number is no answer to their list.

Held against the conversation by `test_the_script_of_the_harness_reaches_findings`.
"""

from __future__ import annotations

__all__ = ["AGREE", "ANSWERS"]

AGREE = "1"
# age 30; twice none of these signs; one spot; face; none of the signs that fit; three times no; brown skin, which is
# asked once the findings came; then one question of the menu.
ANSWERS = ("30", "none", "none", "1", "1", "none", "2", "2", "2", "4", "4")
