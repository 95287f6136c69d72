"""Words that spoke of danger and told of none: by rules that hold in every language they are asked about at most."""

from __future__ import annotations

import pytest

from bot.clinical import alarms

ASKED_AT_MOST = {
    "somebody asks whether a thing is dangerous": {
        "en": "is snake bite dangerous?",
        "es": "la mordida de vibora es peligrosa?|¿es peligrosa la mordida de perro?",
        "pt": "picada de cobra é perigosa?",
        "sw": "kuumwa na nyoka ni hatari?",
        "ar": "عضة الحية خطيرة؟",
        "hi": "सांप का काटना खतरनाक है क्या?",
        "bn": "সাপের কামড় কি বিপদজনক?",
        "am": "የእባብ ንክሻ አደገኛ ነው?",
        "ha": "cizon maciji yana da hadari?",
    },
    "somebody asks what to do if": {
        "en": "what should i do if a snake bites",
        "fr": "que faire si un serpent me mord",
        "es": "qué hago si me muerde una culebra",
        "pt": "o que faço se uma cobra me morder",
        "ar": "اعمل ايه لو عضني تعبان",
        "am": "እባብ ቢነድፈኝ ምን ላድርግ",
    },
    "it was long ago, and now there is nothing": {
        "en": "i had blisters after medicine 3 years ago, now nothing",
        "pt": "tive bolhas por um remédio há 3 anos, agora nada",
        "sw": "nilipata malengelenge kwa dawa miaka 3 iliyopita, sasa hakuna",
        "hi": "3 साल पहले दवा से छाले हुए थे अब कुछ नहीं",
        "bn": "৩ বছর আগে ওষুধে ফোসকা হইছিল এখন কিছু না",
    },
    "the sun did it": {
        "en": "the sun burned my face a little",
        "ar": "الشمس حرقت وجهي شوي",
        "am": "ጸሐይ ፊቴን አቃጠለኝ ትንሽ",
        "ha": "rana ta kona fuskata kadan",
    },
    "the sun made the skin dark": {
        "en": "my skin turned black in the sun",
        "pt": "minha pele fica preta no sol",
        "sw": "ngozi yangu inakuwa nyeusi juani",
        "hi": "धूप में त्वचा काली हो जाती है",
        "bn": "রোদে চামড়া কালো হয়ে যায়",
    },
    "somebody faints at the sight of blood": {
        "en": "i faint when i see blood|i nearly fainted when they took my blood",
        "fr": "je m'évanouis quand je vois du sang",
        "es": "me desmayo cuando veo sangre",
        "pt": "eu desmaio quando vejo sangue",
        "sw": "huwa nazimia nikiona damu",
        "ar": "أفقد الوعي عندما أرى الدم",
        "hi": "खून देखकर मैं बेहोश हो जाता हूँ",
        "bn": "রক্ত দেখলে আমি অজ্ঞান হয়ে যাই",
        "am": "ደም ሳይ ራሴን እስታለሁ",
        "ha": "ina suma idan na ga jini",
    },
    "the eyelid is swollen by a stye": {
        "en": "i have a stye, my eyelid is a bit swollen",
        "fr": "j'ai un orgelet, la paupière est un peu gonflée",
        "es": "tengo un orzuelo, el párpado un poco hinchado",
        "pt": "tenho um terçol, a pálpebra um pouco inchada",
        "sw": "nina chokea, kope limevimba kidogo",
        "ar": "عندي شحاذ العين والجفن منتفخ قليلا",
        "hi": "मेरी पलक पर गुहेरी है थोड़ी सूजन है",
        "bn": "চোখে অঞ্জনি হয়েছে, পাতা একটু ফোলা",
        "ha": "ina da kurjin ido, fatar ido ta dan kumbura",
    },
    "a snake was about and bit nobody": {
        "en": "we had a snake in the garden yesterday, scared us",
        "fr": "il y avait un serpent dans le jardin hier, on a eu peur|j'ai peur des serpents mais aucun ne m'a mordu",
        "es": "ayer había una culebra en el patio, qué susto",
        "pt": "ontem tinha uma cobra no quintal, que susto",
        "hi": "कल आंगन में सांप था डर गए",
    },
    "a baby kicks and laughs": {"sw": "mtoto wangu anacheka na kurusha miguu"},
    "it has gone": {"en": "fever is gone and the spots disappear when pressed"},
    "a word that looks like another": {
        "sw": "nimepaka rangi nyeusi ya kucha|nilipaka asali|nadhani ni fangasi",
        "hi": "नाखून पीले हैं",
        "am": "ክንዴ ላይ ፈዛዛ ቦታ|የክሬሙን ስም ረሳሁ",
    },
}
STILL = {
    "en": "a snake bit me what should i do|snake in the grass bit my foot|a snake bit my son in the garden|"
    "now he is not breathing, he had this 3 years ago|he had fits 3 years ago and now again|my baby was burned by fire|"
    "hot oil burned my face in the sun|i have a stye, my eye is swollen and hot|the skin at my wound turned black in the sun|"
    "he fainted at home. they took blood at the clinic|he does not wake up. when i see blood i am afraid|he is choking|is this dangerous, a snake bit his leg|is my son in danger? he has fits",
    "es": "una culebra le mordió en el patio|no puede respirar es peligroso?|le mordió una víbora, ¿es peligroso?",
    "fr": "un serpent m'a mordu dans le jardin|ne peut pas respirer dangereux ?",
    "pt": "uma cobra mordeu-me no quintal|está convulsionando é perigoso?|foi picado por cobra é perigoso?|"
    "foi picada por cobra é perigoso?",
    "sw": "nyoka amemuuma shambani|nimebakwa|moto umemchoma mtoto uso|hapumui ni hatari?|hawezi kunywa ni hatari?|"
    "nyoka ameniuma ni hatari?|ameumwa na mbwa ni hatari?",
    "ar": "لدغته حية في الحديقة|يتشنج هل هذا خطير؟|لدغته أفعى هل هذا خطير؟|عضه كلب هل هذا خطير؟",
    "hi": "पिल्ले ने नाखून मारा|उसे घर में सांप ने काटा|सांस नहीं ले पा रहा खतरनाक है?|साँप ने काटा खतरनाक है?",
    "bn": "সাপে কামড়েছে উঠানে|শ্বাস নিচ্ছে না বিপজ্জনক?|খিঁচুনি হচ্ছে বিপজ্জনক কি?|সাপে কেটেছে বিপজ্জনক?",
    "am": "ግቢ ውስጥ እባብ ነደፈኝ|መተንፈስ አልቻለም አደገኛ ነው?|እባብ ነደፈው አደገኛ ነው?|ያንዘፈዝፈዋል አደገኛ ነው?",
    "ha": "cikin rana daya fatar ta yi baki ta mutu|maciji ya sare ni a gona|yatsun yaron sun kone sun tara ruwa|ba ya numfashi yana da hadari?|"
    "maciji ya sare shi hadari ne?",
}


@pytest.mark.parametrize(
    ("rule", "language", "text"),
    [
        (rule, language, text)
        for rule, texts in ASKED_AT_MOST.items()
        for language, line in texts.items()
        for text in line.split("|")
    ],
)
def test_nobody_is_sent_off(rule: str, language: str, text: str):
    heard = alarms.hear(text, "adult", language)
    assert (heard.pressing, heard.harm) == ((), ""), rule


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, line in STILL.items() for text in line.split("|")]
)
def test_what_is_so_now_still_is(language: str, text: str):
    heard = alarms.hear(text, "adult", language)
    assert heard.pressing or heard.harm
