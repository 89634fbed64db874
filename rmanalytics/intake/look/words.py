"""Words that head columns and words that cells say, in German, English and French; and words of decoys beside them."""

from __future__ import annotations

import re
import unicodedata

HEADERS: dict[str, str] = {
    "person_id": """
        person id|personal nr|personalnummer|pers nr|persnr|personnel number|personnel no|employee id|employee number
        |employee no|emp id|staff id|staff number|staff no|worker id|user id|mitarbeiternummer|mitarbeiter nr
        |mitarbeiter id
        |ma nr|ma id|matricule|numero de matricule|numero d employe|id employe|id collaborateur|kennung|ihre kennung
        |personnel id|user employee id|pernr|teilnehmer id|participant id|code personnel""",
    "birth_year": """
        birth year|year of birth|date of birth|birth date|dob|birthday|geburtsjahr|geburtsdatum|geb datum|geb jahr
        |jahrgang|gbdat
        |born|ne le|geboren|geboren am|date de naissance|annee de naissance|naissance""",
    "hire_date": """
        hire date|date of hire|hired|hired on|start of employment|employment start|employment start date|joining date
        |date of joining|date joined|original start date|eintritt|eintrittsdatum|eintritt am|einstellungsdatum
        |angestellt seit
        |date d entree|date d embauche|entree|embauche
        |joined|embauche le|entre le|dienstantritt|dienstbeginn|beschaeftigt seit
        |date entree|date embauche""",
    "exit_date": """
        exit date|leaving date|date of leaving|date left|termination date|last day|last working day|end of employment
        |employment end|employment end date|austritt|austrittsdatum|austritt am|letzter tag|date de sortie
        |date de depart
        |left|parti le|sorti le|dienstende|ausgeschieden am|sortie|date sortie|date depart|left on""",
    "exit_reason": """
        exit reason|reason for leaving|leaving reason|termination reason|austrittsgrund|grund des austritts
        |kuendigungsgrund
        |austrittsart|massg|motif de sortie|motif de depart|motif du depart""",
    "unit": """
        unit|department|dept|org unit|organisation unit|organizational unit|business unit|division|team|abteilung
        |bereich
        |organisationseinheit|org einheit|oe|orgeh|orgtx
        |einheit|service|unite|departement|direction|supervisory organization""",
    "level": """
        level|job level|grade|job grade|management level|career level|hierarchy level|band|ebene|stufe|hierarchieebene
        |hierarchiestufe|fuehrungsebene|trfgr|karrierestufe|niveau|echelon|niveau hierarchique|lohnstufe""",
    "manager_id": """
        manager id|manager|manager no|manager number|manager employee id|line manager|line manager id|supervisor
        |supervisor id
        |reports to|vorgesetzter|vorgesetzte|vorgesetzte r|vorgesetzten nr|pers nr vorgesetzter
        |personalnummer vorgesetzter
        |pnr vorgesetzter|fuehrungskraft|fuehrungskraft id|responsable|matricule responsable|matricule du responsable
        |superieur|id manager|manager personnel number|personal nr der fuehrungskraft""",
    "start_date": """
        start date|effective start date|valid from|effective date|from|gueltig ab|gueltig von|begda|beginn|von|ab
        |valable des
        |date de debut|debut|du|position start""",
    "end_date": """
        end date|effective end date|valid to|valid until|until|to|gueltig bis|endda|ende|bis
        |valable jusqu au|date de fin
        |fin|au
        |position end""",
    "job_family": "job family|stellenfamilie|job function|berufsgruppe|famille de metiers|funktionsgruppe",
    "tandem_id": """
        tandem id|tandem|tandem nr|tandem no|pair id|pair|pair no|paar|paar nr|match id|connection id|binome
        |numero de binome
        |id binome|tandemnummer""",
    "mentor_id": """
        mentor id|mentor|mentor employee id|mentor personalnummer|personalnummer mentor|mentor pers nr|pers nr mentor
        |junior|junior id|mentor no|mentor nr|id mentor|matricule mentor|mentorin|mentor in|mentor staff no""",
    "mentee_id": """
        mentee id|mentee|mentee employee id|mentee personalnummer|personalnummer mentee|mentee pers nr|pers nr mentee
        |senior|senior id|mentee no|mentee nr|id mentee|matricule mentee|mentore|matricule mentore|mentee staff no""",
    "matched_date": """
        matched date|match date|matched on|matching|matching datum|pairing date|paired on|gematcht am
        |zusammengefuehrt am
        |paarungsdatum|vermittelt am|date d appariement|date du binome|start tandem|tandem seit|appariement""",
    "assignment": "assignment|zuteilung|how matched|zuordnung|affectation|type d affectation",
    "round_id": "round id|round|runde|cycle|kohorte|cohort|vague|edition|durchgang",
    "wave": "wave|welle|messzeitpunkt|zeitpunkt|time point|temps de mesure",
    "side": "side|rolle|role|seite|cote",
    "kind": "kind|art|comparison kind|art des vergleichs|tie kind|type de lien",
    "number": "number|meeting no|meeting number|treffen nr|nr des treffens|numero|lfd treffen|session no",
    "planned_date": """
        planned date|planned|scheduled date|scheduled|planned for|geplant|geplant am|termin|plandatum|date prevue
        |prevu le""",
    "held_date": """
        held date|held on|held|took place on|gehalten am|durchgefuehrt am|stattgefunden am|date reelle|tenue le""",
    "status": "status|meeting status|session status|state|stand|etat|statut",
    "minutes": "minutes|duration|duration min|duration minutes|dauer|dauer min|dauer in minuten|duree|duree min|min",
    "topic_code": "topic|topic code|thema|sujet|theme",
    "item": "item|frage id|item id|question id|item code|question code|variable",
    "value": "value|wert|antwort|answer|response|reponse|valeur|score",
    "answered_at": """
        answered at|submitted at|submitted|date submitted|recorded date|timestamp|completion time|end date|zeitstempel
        |ausgefuellt am|beantwortet am|abgeschickt am|fertigstellungszeit|horodateur|rempli le|heure de fin|datum""",
    "email": """
        email|e mail|mail|email address|e mail adresse|mailadresse|work email|business email|courriel|adresse e mail
        |adresse electronique|dienstliche e mail|geschaeftliche e mail""",
}
DECOYS = re.compile(
    r"\b(manager|vorgesetzt\w*|fuehrungskraft|supervisor|superieur|responsable|chef|kostenstelle|cost cent\w+"
    r"|centre de cout|telefon|telephone|phone|tel|mobil\w*|fax|raum|room|bureau|buero|plz|zip|postal|badge|ausweis"
    r"|konto|kostl|mandt|werks|btrtl|persk|aedtm|uname"
    r"|iban|ahv|svnr|social security|salary|gehalt|salaire|contract|vertrag\w*|review|probezeit|probation"
    r"|befoerder\w*|promotion|letzte aenderung|last modified|updated|approver|stellvertret\w*|deputy|hrbp|hr partner"
    r"|recruit\w*|ancien\w*|old|alt|gender|geschlecht|sexe"
    r"|country|land|pays|anrede|salutation|nationality|nationalitaet|sprache|language|langue|fte|pensum|kinder|enfants)\b"
)
"""Words beside which a header is another thing than it would be without them: the manager's id, a second date."""
LONGEST_OF_PAIR = 45
"""A header that names a side of the pair is short; a question that speaks of mentors is not."""
_OWN = frozenset({"manager_id"})
SYNONYMS = {name.strip(): column for column, names in HEADERS.items() for name in names.split("|")}
_SMALL = frozenset(["of", "the", "de", "du", "d", "la", "le", "l", "der", "die", "das", "des"])


def _sorted(text: str) -> str:
    """Words in order of letters without small ones: *date of match* and *match date* are one."""
    return " ".join(sorted(word for word in text.split() if word not in _SMALL))


_SORTED = {_sorted(name): column for name, column in SYNONYMS.items() if " " in name}
_JOINED = {name.replace(" ", ""): column for name, column in SYNONYMS.items() if len(name) > 6}
VALUES: dict[str, dict[str, str]] = {
    "exit_reason": {
        "voluntary": """
            eigenkündigung|kündigung an|kündigung durch mitarbeiter|kündigung mitarbeiter|resignation|resigned
            |voluntary
            |voluntary resignation|freiwillig|démission|demission|kündigung arbeitnehmer|own wish""",
        "involuntary": """
            kündigung ag|kündigung arbeitgeber|kündigung durch arbeitgeber|dismissal|dismissed|involuntary
            |terminated|layoff
            |redundancy|licenciement|betriebsbedingt|unfreiwillig|entlassung""",
        "retirement": """
            rente|pension|pensionierung|ruhestand|retirement|retired|retraite|départ à la retraite|altersrente""",
        "end_of_contract": """
            befristung|ende befristung|vertragsende|befristung ausgelaufen|end of contract|contract end
            |fixed term ended
            |fin de contrat|fin de cdd|fristablauf""",
        "transfer": "konzernwechsel|versetzung|transfer|group transfer|mutation|übertritt|konzernübertritt",
        "death": "tod|verstorben|death|deceased|décès|deces",
        "other": "sonstiges|sonstige|andere|anderer grund|other|autre|aufhebungsvertrag|mutual agreement",
    },
    "status": {
        "held": """
            held|completed|done|took place|stattgefunden|durchgeführt|gehalten|erledigt|tenu|tenue|réalisé|réalisée
            |ok""",
        "cancelled": "cancelled|canceled|called off|abgesagt|storniert|annulé|annulée|annule",
        "moved": "moved|rescheduled|postponed|verschoben|reporté|reportée|déplacé",
        "missed": "missed|no show|not held|ausgefallen|nicht stattgefunden|versäumt|manqué|non tenu|pas eu lieu",
    },
    "assignment": {
        "volunteer": "volunteer|freiwillig|freiwillige|volontaire|self selected|selbst gemeldet",
        "matched": "matched|gematcht|zugeteilt|vermittelt|apparié|nominated|nominiert",
        "waiting_list": "waiting list|warteliste|liste d'attente",
        "random": "random|los|gelost|ausgelost|zufall|tirage au sort|aléatoire|lottery",
    },
    "wave": {
        "pre": "pre|vorher|vor|baseline|t0|before|start|avant|anfang|beginn|vorbefragung|ante",
        "post": "post|nachher|nach|t1|after|end|ende|après|apres|nachbefragung|abschluss|final|endline",
        "pulse": "pulse|puls|pulsbefragung",
        "follow_up": "follow up|follow-up|followup|t2|nachfassbefragung|suivi",
    },
    "side": {"mentor": "mentor|mentorin|junior|mentors|mentoren", "mentee": "mentee|senior|mentees|mentoré|seniors"},
    "kind": {"waiting_list": "waiting list|warteliste|liste d'attente", "matched": "matched|vergleichbar|apparié"},
}
"""Words for the choices of a column, in three languages."""
LEVELS = (
    "praktikant,intern,stagiaire,lernende,auszubildende,trainee,apprenti",
    "sachbearbeiter,fachkraft,mitarbeiter,staff,associate,employee,employé,collaborateur",
    "specialist,spezialist,experte,expert,senior",
    "teamleiter,teamleitung,team lead,gruppenleiter,chef d'équipe",
    "abteilungsleiter,abteilungsleitung,head of,manager,chef de service",
    "bereichsleiter,bereichsleitung,director,direktor,directeur",
    "geschäftsleitung,geschäftsführ,vorstand,executive,board,c-level,direction générale",
)
"""Titles from the lowest level to the highest, for levels that are told in words."""


def plain(text: str) -> str:
    """A header in small letters without accents and signs.

    Examples
    --------
    >>> plain("Vorgesetzte/r (Pers.-Nr.)"), plain("Führungskraft")
    ('vorgesetzte r pers nr', 'fuehrungskraft')
    """
    german = text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if text.isascii() and not text.isupper() else german
    bare = unicodedata.normalize("NFKD", split.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))
    letters = "".join(c for c in bare.replace("ß", "ss") if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


def side_of(header: str) -> str:
    """The side of a pair that a header speaks of, as the column of its ids; empty for none, both, or a whole question.

    Examples
    --------
    >>> side_of("Digitalmentor (Pers.-Nr.)"), side_of("ID mentoré senior"), side_of("Name")
    ('mentor_id', 'mentee_id', '')
    """
    text = plain(header)
    for mentor, mentee in ((r"mentor(?!e)\w*", r"mentee\w*|\bmentore\w*"), (r"\bjunior\w*", r"\bsenior\w*")):
        found = [bool(re.search(words, text)) for words in (mentor, mentee)]
        if any(found):
            one_side = not all(found) and len(text) <= LONGEST_OF_PAIR
            return ("mentor_id" if found[0] else "mentee_id") if one_side else ""
    return ""


def meaning(header: str) -> tuple[str, float]:
    """The column that a header names, and how surely: 1 by itself, 0.7 with words beside it, 0 for none.

    A header in two languages means what one of them says; an abbreviation means what one known word begins with.

    Examples
    --------
    >>> meaning("Personalnummer"), meaning("Pers.-Nr. Vorgesetzter"), meaning("Kostenstelle Nr")
    (('person_id', 1.0), ('manager_id', 1.0), ('', 0.0))
    >>> meaning("Geburtsdatum / Date of birth"), meaning("Austr.grund"), meaning("OrgEinheit")
    (('birth_year', 1.0), ('exit_reason', 0.7), ('unit', 1.0))
    """
    parts = [part for part in re.split(r" [/|] ", header) if len(part) > 2]
    if len(parts) > 1 and not DECOYS.search(plain(header)):
        return max((meaning(part) for part in parts), key=lambda found: found[1])
    text = plain(header)
    if column := SYNONYMS.get(text) or _JOINED.get(text.replace(" ", "")) or _SORTED.get(_sorted(text)):
        return column, 1.0
    side = side_of(header)
    if side:
        return side, 0.4 if re.search(r"name|mail|tel|unit|abteilung|level", text) else 0.9
    decoy = DECOYS.search(text)
    best, length = "", 0
    for name, column in SYNONYMS.items():
        if len(name) > 3 and len(name) > length and re.search(rf"\b{re.escape(name)}\b", text):
            best, length = column, len(name)
    if not best or (decoy and best not in _OWN):
        managed = decoy and re.search(r"manager|vorgesetzt|fuehrungskraft|supervisor|superieur|responsable", text)
        numbered = re.search(r"\b(id|nr|no|number|matricule|pnr)\b|nummer\b", text)
        if managed and numbered and not re.search(r"name|mail|tel", text):
            return "manager_id", 0.7
        return ("", 0.0) if decoy else _shortened(header)
    return best, 0.7 if length >= 0.4 * len(text) else 0.4


def _shortened(header: str) -> tuple[str, float]:
    """What an abbreviated header means: known words of which each part, up to its point, is the beginning."""
    if not re.search(r"\w{3}\.", header):
        return "", 0.0
    begun = r"\w*".join(map(re.escape, plain(header).split())) + r"\w*"
    found = {column for name, column in SYNONYMS.items() if re.fullmatch(begun.replace(r"\w*", r"\w* ?"), name)}
    return (found.pop(), 0.7) if len(found) == 1 else ("", 0.0)


def choice(column: str, said: str) -> str:
    """The choice that a cell's word stands for; empty where it is not known.

    Examples
    --------
    >>> choice("exit_reason", "Eigenkündigung"), choice("status", "fand statt")
    ('voluntary', '')
    """
    for value, names in VALUES.get(column, {}).items():
        if plain(said) == plain(value) or plain(said) in {plain(name) for name in names.split("|")}:
            return value
    return ""


def level_of(title: str) -> int | None:
    """The level that a title says: its number, or its place among known titles.

    Examples
    --------
    >>> level_of("Stufe 3"), level_of("Teamleiterin"), level_of("AT")
    (3, 4, None)
    """
    number = re.search(r"(?<![0-9])([0-9]{1,2})(?![0-9])", title)
    if number:
        return int(number[1])
    for place, names in reversed(list(enumerate(LEVELS, start=1))):
        if any(plain(name) in plain(title) for name in names.split(",")):
            return place
    return None
