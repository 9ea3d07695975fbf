"""The words of this field that two spellings of one name or title differ by.

General rules only: a word is here because it is usual in pharma and digital health, never because a
certain row has it. What is short for two things (CCO, CSO, CPO, CDO, PM) is left as it is.
"""

HONORIFICS = frozenset(
    "dr doctor prof professor mr mrs ms miss mx sir dame herr frau dott dipl ing med habil".split()
)
"""Before a name; taken away only there, and only while a name is left."""

POST_NOMINALS = frozenset(
    "md phd pharmd dpharm rn bsn msn dnp np mph mba msc bsc mbbs frcp facp facc dds dvm rph edd psyd jd "
    "rac ccrp ccra esq".split()
)
"""After a name; taken away only there."""

SPELLED_OUT: dict[str, str] = {
    # levels
    "vp": "vice president",
    "svp": "senior vice president",
    "evp": "executive vice president",
    "avp": "associate vice president",
    "dir": "director",
    "mgr": "manager",
    "mngr": "manager",
    "sr": "senior",
    "snr": "senior",
    "jr": "junior",
    "assoc": "associate",
    "asst": "assistant",
    "coord": "coordinator",
    "exec": "executive",
    "spec": "specialist",
    "rep": "representative",
    "intl": "international",
    # officers
    "ceo": "chief executive officer",
    "cfo": "chief financial officer",
    "cio": "chief information officer",
    "ciso": "chief information security officer",
    "cmio": "chief medical information officer",
    "cmo": "chief medical officer",
    "cno": "chief nursing officer",
    "coo": "chief operating officer",
    "cto": "chief technology officer",
    "chro": "chief human resources officer",
    # work
    "bd": "business development",
    "clin": "clinical",
    "comms": "communications",
    "cra": "clinical research associate",
    "cs": "customer success",
    "dtx": "digital therapeutics",
    "heor": "health economics outcomes research",
    "hr": "human resources",
    "info": "information",
    "it": "information technology",
    "kol": "key opinion leader",
    "mktg": "marketing",
    "msl": "medical science liaison",
    "msls": "medical science liaison",
    "ops": "operations",
    "pv": "pharmacovigilance",
    "qa": "quality assurance",
    "qc": "quality control",
    "ra": "regulatory affairs",
    "reg": "regulatory",
    "rwe": "real world evidence",
    "ta": "therapeutic area",
    "ux": "user experience",
    # two spellings of one word
    "labeling": "labelling",
    "programme": "program",
    "paediatrics": "pediatrics",
    "haematology": "hematology",
}
"""Short form → words written out, in lower case."""

JOINING_WORDS = frozenset("of the and for in at on to a an de la et und y".split())
"""Say nothing in a title, department or organisation."""

PASSING_WORDS = frozenset("acting".split())
"""Say for how long somebody has a role, not which."""

LEGAL_FORMS = frozenset(
    "inc incorporated ltd limited llc llp lp plc gmbh ag kg sa sas sarl srl spa bv nv ab as oy aps co corp "
    "corporation company pty".split()
)
"""After the name of an organisation; taken away only at its end, and only while a name is left."""

SPACE = (
    "\t\n\u000b\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0 "
)
"""White space as the staging models know it (macro `white_space_characters`)."""

UNSEEN = (
    "\u007f-\u0084\u0086-\u009f\u00ad\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff"
)
"""What has no width, as ranges of a regular expression; also the joiners that staging keeps in a spelling."""

LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
"""Letters that do not come apart into a plain letter and an accent."""
