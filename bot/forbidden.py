"""What no machine may say to a patient, as patterns over an English sentence in small letters. `bot.guard` judges by them.

Each is wider than it must be: a refused sentence costs nothing, the catalogue has another one.
"""

from __future__ import annotations

import re

from bot.messages import Urgency

__all__ = [
    "ABOUT_GOING",
    "CERTAIN",
    "COMFORT",
    "DOSE",
    "DOUBT",
    "HARM",
    "IS_A",
    "NOT",
    "PRETENDS",
    "SLOWER",
    "TIED",
    "UNTIED",
    "USE_OF_IT",
    "YEARS",
]


_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"hundred|thousand|"
    r"half|quarter|once|twice|thrice|double|several|few|couple)"
)
DOSE = re.compile(
    r"\b(?:milli|micro|kilo|centi)?(?:gram|gramme|litre|liter|metre|meter)s?\b|\bm\W?c?g\b|\bm\W?l\b|\bc\W?c\b|"
    r"\bi\W?u\b|"
    r"\b(?:per\s?cent|percent|percentage|dose|doses|dosage|dosing|tablet|tablets|pill|pills|capsule|capsules|"
    r"drop|drops|teaspoons?|"
    r"tablespoons?|spoonfuls?|puffs?|syringe|syringes|inject\w*|injections?|vaccin\w*|infusion|drip|ampoules?|"
    r"suppositor\w+|"
    r"units|prescri\w+)\b|"
    rf"\b{_NUMBER}\s+(?:times?\s+)?(?:a|per|each|every|in\s+a)\s+(?:day|night|week|month|hour|morning)\b|"
    r"\b(?:once|twice|thrice)\s+(?:daily|nightly|weekly|monthly)\b|\btimes\s+(?:a|per|each)\s+\w+\b|"
    rf"\bevery\s+(?:other\s+|{_NUMBER}\s+)?(?:hours?|days?|nights?|mornings?|evenings?)\b|\b(?:daily|nightly|"
    rf"hourly)\b|"
    rf"\bfor\s+(?:a|an|the\s+next|at\s+least|{_NUMBER})\s+(?:{_NUMBER}\s+)?(?:hours?|days?|weeks?|months?)\b|"
    r"\b(?:overnight|before\s+bed|at\s+bedtime|with\s+(?:food|meals)|after\s+meals)\b"
)
_STUFF = (
    r"(?:cream|creams|ointment|ointments|lotion|lotions|gel|gels|balm|salve|paste|powder|medicine|medicines|"
    r"medication|medications|"
    r"drug|drugs|remedy|remedies|antibiotic|treatment|treatments|therapy|soap|oil|oils|solution|spray|"
    r"patch(?:es)?\s+from)"
)
USE_OF_IT = re.compile(
    r"\b(?:take|taking|use|using|apply|applying|put|putting|rub|rubbing|try|trying|buy|get|getting|need|needs|"
    r"start|starting|give|"
    r"giving|drink|swallow|spread|smear|recommend|suggest|cover\s+it\s+with)\b[^.!?]{0,60}?\b"
    + _STUFF
    + r"\b"
)
HARM = re.compile(
    r"\b(?:cut|cutting|burn|burning|squeeze|squeezing|freeze|freezing|scrape|scraping|scratch|scratching|pop|"
    r"popping|pick|picking|"
    r"pierce|piercing|drain|lance|lancing|shave|shaving|slice|slicing|peel|peeling|tie|tying|remove|removing|"
    r"pull|pulling|bite|"
    r"biting|suck|prick|pricking|dig|digging|scrub|scrubbing)\b(?:\s+\w+){0,2}?\s+(?:it|them|this|that|the|your|"
    r"off|out|away)\b"
)
NOT = re.compile(
    r"\b(?:do not|don't|never|must not|mustn't|should not|shouldn't|cannot|can't|avoid|nobody should)\b"
)
DOUBT = re.compile(
    r"\b(?:not|never|cannot|can't|nobody|no one|nothing)\b[^.!?]{0,30}\b(?:sure|certain|prove|tell|say|know)\b|"
    r"\b(?:no|not a|cannot|not) diagnos\w+"
)
CERTAIN = re.compile(
    r"\b(?:definite|definitely|certain|certainly|surely|undoubted|undoubtedly|unquestionabl[ey]|obvious|"
    r"obviously|clearly|"
    r"absolute|absolutely|positively|guarantee\w*|confirm\w*|conclusive\w*|proven|proves|diagnos\w+)\b|"
    r"\b(?:for sure|no doubt|without (?:a |any )?doubt|beyond doubt|without question|i am sure|i'm sure|"
    r"am confident|i'm confident|"
    r"you can be sure|rest assured|(?:must|has to) be (?:a|an|the|your)|can only be|cannot be anything|"
    r"is nothing but|bound to)\b|"
    r"\b(?:will die|going to die|dying|fatal|deadly|hopeless|terminal|incurable|amputat\w*|too late)\b"
)
COMFORT = re.compile(
    r"\b(?:harmless|benign|innocent|innocuous|safe|safely|painless|non-?cancerous|cancer-?free|nonmalignant|"
    r"noncontagious|"
    r"reassur\w*|cured?|cures|curable|(?<!not )heals?|healed|fine|perfectly|totally normal|completely normal|"
    r"quite normal)\b|"
    r"\b(?:nothing|not|no need|no reason|needn't|don't|no cause|without|stop|less)\b[^.!?]{0,25}\b(?:worry|"
    r"worried|worrying|worries|"
    r"concern|concerned|concerning|alarm|alarmed|panic|fear|afraid|anxious)\b|"
    r"\b(?:no|not|isn't|never|without|nothing|seldom|rarely|hardly|unlikely|less likely|not likely|neither|nor|"
    r"free of|little)\b[^.!?]{0,25}?"
    r"\b(?:danger|dangerous|serious|risk|risky|threat|threatening|cancer|cancers|cancerous|malignant|melanoma|"
    r"carcinoma|tumou?r|"
    r"contagious|infectious|harm|harmful|harms|emergency|urgent|hurry|problem|problematic|bad|severe|life)\b|"
    r"\b(?:no need|not need|need not|don't need|needn't|not necessary|unnecessary|no reason|not have to|don't have to|"
    r"do not bother|skip|"
    r"instead of|rather than|without)\b[^.!?]{0,30}\b(?:see|seeing|seen|go|going|visit|visiting|show|showing|"
    r"doctor|doctors|clinic|"
    r"hospital|nurse|health worker|check|checked|checkup|help|treatment)\b|"
    r"\b(?:you can wait|can wait|wait and see|just wait|better to wait|wait until|wait for|take your time|"
    r"ignore (?:it|this)|"
    r"forget about it|leave it for)\b|"
    r"\b(?:go|goes|going|clear|clears|heal|fade|fades|disappear|disappears|vanish|resolve|resolves)\s+(?:away|"
    r"up|by itself|on its own|"
    r"by themselves|soon|in time)\b|\b(?:all is well|everything is|you are ok|you're ok|is ok|it's ok|okay|"
    r"good news|is normal|relax)\b"
)
TIED = re.compile(
    r"\b(?:you|he|she|they|your child|the person|the patient)(?:'ve|\s+(?:\w+ly\s+)?"
    r"(?:(?:have|has)(?!\s+(?:to|seen|been|noticed|sent|told|said|taken|looked|worked|written)\b)|had|got|suffer\w*|"
    r"(?:are|is)\s+suffering))\b"
)
UNTIED = re.compile(
    r"\b(?:if|when|whether|unless|until|once|do|does|did|may|might|could|can|what|whatever|any)\s+(?:\w+\s+)?$"
)
IS_A = re.compile(
    r"\b(?:this|it|that|these|they|here|spot|lump|sore|patch|growth|answer|diagnosis|picture|photo|image)"
    r"(?:'s|\s+(?:is|are|was|shows|means|looks exactly like))\b(?:\s+[\w'-]+){0,5}?\s+$"
)
PRETENDS = re.compile(
    r"\b(?:i am|i'm|as)\s+(?:a|an|your|the)\s+(?:\w+\s+)?(?:doctor|nurse|dermatologist|physician|surgeon|"
    r"specialist|human|person|"
    r"expert|clinician|health worker|pharmacist)\b|\bmy\s+(?:diagnosis|patients?|clinic|experience|medical|"
    r"colleagues?|office)\b|"
    r"\bi\s+(?:\w+\s+)?(?:diagnose\w*|examined|treat|treated|prescribe\w*|operate\w*|touched|felt)\b|"
    r"\b(?:studies|research|doctors|experts|scientists)\s+(?:show|shows|say|says|agree|prove|found|recommend)\b"
)
ABOUT_GOING = re.compile(
    r"\b(?:see|seen|seeing|show|shown|visit|visits|go|going|look|looked|doctor|clinic|nurse|hospital|check|"
    r"checked|check-?up|"
    r"appointment|wait|waiting|examined|consult|worker|back)\b"
)
SLOWER: tuple[tuple[Urgency, re.Pattern[str]], ...] = (
    (
        Urgency.ROUTINE,
        re.compile(
            r"\b(?:next visit|next time|next appointment|next week|next check|routine|sometime|some time|"
            r"some day|one day|eventually|"
            r"later|months?|years?|weeks|convenien\w*|when you can|whenever|at some point|if you like|"
            r"if you want|optional)\b"
        ),
    ),
    (Urgency.WEEK, re.compile(r"\b(?:week|days|tomorrow|soon|weekend)\b")),
)
YEARS = re.compile(r"\byears?\b")
