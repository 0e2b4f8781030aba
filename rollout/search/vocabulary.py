"""The words that a query may have beside names, folded: noise, streets, sentences, ordinals."""

from __future__ import annotations

import re

COUNTRY_WORDS = {
    "france", "fr", "francia", "frankreich", "frankrijk", "francais", "francaise", "francaises",
    "franca", "francja", "francji", "fransa", "franta", "франция", "франции", "فرنسا", "法国",
    "法國",
}  # fmt: skip
DEPARTMENT_WORDS = {
    "departement", "department", "departements", "dpt", "dept", "dep",
    "departamento", "dipartimento", "departament", "departamentul", "departman", "departmani",
    "департамент", "مقاطعه", "省",
}  # fmt: skip
NOISE_WORDS = COUNTRY_WORDS | DEPARTMENT_WORDS | {
    "region", "regione", "regiao", "regiunea", "regio", "bolgesi", "регион", "منطقه", "اقليم",
    "大区", "ciudad", "cidade", "citta", "stadt", "stad", "sehri", "miasto", "orasul", "мисто",
    "город", "مدينه", "arrondissement", "arrondissements", "arrdt", "ardt", "arrt", "arr", "cedex",
    "metropolitaine", "metropolitan",
}  # fmt: skip
ARRONDISSEMENT_WORDS = {"arrondissement", "arrondissements", "arrdt", "ardt", "arrt", "arr"}
ORDINALS = {
    word: str(number)
    for number, words in enumerate(
        "premier premiere first|deuxieme second seconde|troisieme third|quatrieme fourth|"
        "cinquieme fifth|sixieme sixth|septieme seventh|huitieme eighth|neuvieme ninth|"
        "dixieme tenth|onzieme eleventh|douzieme twelfth|treizieme thirteenth|"
        "quatorzieme fourteenth|quinzieme fifteenth|seizieme sixteenth|dixseptieme seventeenth|"
        "dixhuitieme eighteenth|dixneuvieme nineteenth|vingtieme twentieth".split("|"),
        start=1,
    )
    for word in words.split()
}
ORDINAL_WORDS = {"e", "er", "ere", "eme", "ieme", "me", "nd", "nde", "de", "st", "th", "rd"}
STREET_WORDS = {
    "rue", "avenue", "av", "ave", "boulevard", "bd", "blvd", "bld", "place", "pl", "cours",
    "chemin", "che", "route", "rte", "impasse", "imp", "allee", "allees", "quai", "square",
    "passage", "residence", "lotissement", "lot", "batiment", "bat", "hameau", "faubourg",
    "esplanade", "promenade", "sentier", "voie", "villa", "zone", "za", "zi", "zac", "lieudit",
    "mairie", "tribunal", "hopital", "immeuble", "appartement", "appt", "apt", "etage", "bis",
}  # fmt: skip
LINK_WORDS = {"de", "du", "des", "d", "en", "dans", "a", "au", "aux", "pres"}
SMALL_WORDS = LINK_WORDS | {"la", "le", "les", "l"}
TOWN_WORDS = {
    "ville", "commune", "village", "mairie", "ile", "agglomeration", "metropole", "banlieue",
    "environs", "centre", "prefecture", "universite", "hopital", "aeroport", "agglo", "iles",
    "station", "quartier", "presquile",
}  # fmt: skip
GREATER_WORDS = {"grand", "greater"}
# What sort of group of communes, round its name: "CC Faucigny", "Nantes Métropole".
INTERCOMMUNAL_WORDS = {
    "cc", "ca", "cu", "ept", "epci", "metropole", "eurometropole", "europeenne", "communaute",
    "communautes", "commune", "communes", "agglomeration", "agglo", "aglo", "urbaine", "intercom",
    "interco", "intercommunalite", "intercommunale", "com", "comcom", "codecom",
}  # fmt: skip
# Words before a place in a sentence: "I live in Lyon", "j'habite à Lyon".
LEAD_IN_WORDS = {
    "i", "live", "am", "in", "near", "at", "from", "the", "city", "town", "of", "we", "are",
    "j", "je", "habite", "suis", "reside", "nous", "habitons", "living", "lives", "based", "m",
    "located", "moving", "moved", "move", "to", "resident", "residing", "staying", "around",
    "vis", "vit", "vivons", "vivant", "habitant", "habiter", "vivre", "demeure", "demeurant",
    "domicilie", "domiciliee", "installe", "installee", "loge", "chez", "autour", "cote", "proche",
    "cpam", "caisse", "primaire", "assurance", "maladie", "ameli", "cgss", "caf", "msa", "carte",
    "secu", "securite", "sociale",
    "vitale", "ecarte", "appli", "app", "apps", "application", "card", "mobile", "health",
    "insurance", "activer", "activate", "use", "using", "get", "can", "is", "it", "does", "do",
    "work", "works", "working", "available", "open", "disponible", "marche", "fonctionne", "peut",
    "on", "ouvert", "ouverte", "habitez", "vous", "elle", "il", "t", "my", "your", "postcode",
    "ich", "wohne", "lebe", "vivo", "moro", "em", "abito", "ik", "woon", "mieszkam", "w",
    "locuiesc", "я", "живу", "в", "у", "اسكن", "اعيش", "في",
    "zip", "code", "postal", "puis", "peux", "pouvez", "comment", "how", "when", "where", "depuis",
}  # fmt: skip
# What begins a sentence with words that begin names too.
PHRASES = re.compile(
    r"\b(?:mon|ma|my) (?:departement|department|code postal|postcode|ville|commune)(?: est| is)?\b|"
    r"\best[ -]ce qu(?:e |')|\b(?:e[ -]|(?:la|ma|une|l')[ ]?)(?=(?:e[ -]?)?carte\b|appli|apps?\b)|"
    r"\b(?:ca|cela) (?=marche|fonctionne|est)|\b(?:what|how) about\b|\bou (?=puis|peut)"
)
# Words after a town that say which part of it.
TOWN_PART_WORDS = {"centre", "center", "downtown"}
# Words after the place of a sentence: "Lyon carte vitale", "does it work in Lyon already".
LEAD_OUT_WORDS = {
    "carte", "vitale", "app", "appli", "application", "cpam", "card", "yet", "already", "now",
    "please", "svp", "merci", "today", "soon", "deja", "maintenant", "aujourd", "hui",
    "actuellement", "currently",
}  # fmt: skip
ARRONDISSEMENT = re.compile(rf"\b(?:{'|'.join(sorted(ARRONDISSEMENT_WORDS))})\b")
ROMAN_NUMERALS = {
    numeral: str(value)
    for value, numeral in enumerate(
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(), start=1
    )
}
