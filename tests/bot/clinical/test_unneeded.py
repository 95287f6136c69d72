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


# Sentences that an everyday cause, blood that is seen or taken or a stye, took "go now" from for some hours.
BESIDE_BLOOD_OR_A_STYE = {
    "en": "my father is not waking up since the blood test|the blood test says malaria and he is unconscious|"
    "he collapsed and they took blood and he is not waking up|when he sees blood in his urine he feels weak and fainted|"
    "i faint when i see blood|my child has a stye and the eye is bulging and painful to move|"
    "my eye is swollen it started as a stye and now I see double|"
    "I had a stye last week, now the whole eye is swollen and bulging|she has a stye and her eye is swollen shut",
    "fr": "j'ai un orgelet, l'oeil est gonflé et il ne peut pas bouger l'oeil|elle s'évanouit quand elle voit du sang",
    "es": "le sacan sangre y no despierta|se saca sangre de la nariz y se desmayó|cuando ve sangre en la tos se desmaya",
    "sw": "amezimia akitoa damu puani|mke wangu alizimia akitoa damu baada ya kujifungua",
    "ar": "لا يستيقظ بعد تحليل الدم|فحص الدم سيء وهو فاقد الوعي|لما شفت دم في البراز اغمي علي",
    "hi": "खून की उल्टी हुई देखते देखते बेहोश हो गया",
}
# In much of the Americas "privado" is who has fainted, or a child who has stopped breathing while crying.
PRIVADO = (
    "a mi papá lo encontramos privado en el piso|amaneció privado|se puso privado|llegó privada al hospital|lo hallé privado|"
    "lo hallé privado en el baño|la encontré privada|el bebé privado y morado|mi mamá privada no responde|está privada|"
    "sigue privada|quedó privada de la respiración|encontramos a mi hermano ahí privado|fui a la clínica privada y se puso privado|"
    "¿es privado? mi papá amaneció privado"
)
PRIVATE = (
    "es privado?|¿es privado este chat?|partes privadas|foto privada|tengo una llaga en mis partes privadas|son privadas las fotos?|"
    "¿las fotos son privadas?|prefiero hablar en privado|esto es privado?|es esto privado?|es algo muy privado|"
    "es un chat privado?|fui a una clínica privada|fui a un hospital privado"
)


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


@pytest.mark.parametrize(
    ("language", "text"),
    [(language, text) for language, line in BESIDE_BLOOD_OR_A_STYE.items() for text in line.split("|")],
)
def test_blood_that_is_seen_or_taken_and_a_stye_take_nothing_back(language: str, text: str):
    assert alarms.hear(text, "adult", language).pressing


@pytest.mark.parametrize("text", PRIVADO.split("|"))
def test_who_is_found_privado_has_fainted(text: str):
    assert "D07" in alarms.hear(text, "adult", "es").pressing


@pytest.mark.parametrize("text", PRIVATE.split("|"))
def test_what_is_private_is_no_faint(text: str):
    heard = alarms.hear(text, "adult", "es")
    assert "D07" not in {*heard.stated, *heard.hinted}
    assert not heard.pressing
