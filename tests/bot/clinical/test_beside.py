"""What is black on a toe, one sore alone, and dangers of a house with small children: in ten languages."""

from __future__ import annotations

import pytest

from bot.clinical import alarms, windows

# What is black is on a toe or finger that is well.
ON_A_TOE = {
    "en": "black mole on my toe|my toe nail is black|a black dot on my toe, jigger|black spot on my toe|black wart on finger",
    "fr": "grain de beauté noir sur le doigt|mon ongle d'orteil est noir|tache noire sur l'orteil",
    "es": "lunar negro en el dedo|la uña del dedo del pie está negra|una nigua negra en el dedo",
    "pt": "pinta preta no dedo|a unha do dedo do pé está preta|bicho de pé, ponto preto no dedo",
    "sw": "doa jeusi kwenye kidole|ukucha wa kidole cha mguu ni mweusi",
    "ar": "شامة سوداء على إصبعي|ظفر إصبع قدمي أسود|بقعة سوداء على إصبع رجلي",
    "hi": "उंगली पर काला तिल है|मेरे पैर की उंगली का नाखून काला है|पैर की उंगली पर काला धब्बा",
    "bn": "আঙুলে কালো তিল|আমার পায়ের আঙুলের নখ কালো",
    "am": "ጣቴ ላይ ጥቁር ነጥብ አለ|የእግሬ ጣት ጥፍር ጥቁር ነው",
    "ha": "bakin digo a yatsan kafata|farcen yatsana baki ne",
}
# The toe or the skin of the foot is black, or what is on it comes with more.
THE_TOE = {
    "en": "my toe is black|my toe is black and cold|black spot on my toe and it is numb|skin of my foot is dusky|"
    "my toe nail and toe are black and smell|black dead skin on my foot|my toe is black. i have a mole on my back|"
    "my father is diabetic and has a black spot on his toe",
    "fr": "mon orteil est noir et froid|tache noire sur l'orteil et ça sent mauvais|la peau de mon pied est noire et morte",
    "es": "el dedo del pie está negro y frío|mancha negra en el dedo y huele mal|la piel del pie está negra y muerta",
    "pt": "o dedo do pé está preto e frio|mancha preta no dedo e cheira mal|a pele do pé está preta e morta",
    "sw": "kidole cha mguu ni cheusi na baridi|doa jeusi kwenye kidole na linanuka|ngozi ya mguu imekufa nyeusi",
    "ar": "إصبع قدمي أسود وبارد|بقعة سوداء على إصبعي ورائحتها كريهة|جلد قدمي أسود وميت",
    "hi": "पैर की उंगली काली और ठंडी है|उंगली पर काला धब्बा और बदबू|पैर की चमड़ी काली और मरी हुई",
    "bn": "পায়ের আঙুল কালো আর ঠান্ডা|আঙুলে কালো দাগ আর দুর্গন্ধ|পায়ের চামড়া কালো হয়ে মরে গেছে",
    "am": "የእግሬ ጣት ጠቁሯል ቀዝቅዟል|ጣቴ ላይ ጥቁር ነጥብ አለ ይሸታል",
    "ha": "yatsan kafata ya yi baki ya yi sanyi|bakin tabo a yatsa yana wari",
}
ONE_SORE = {
    "en": "i have a small sore in my mouth|mouth ulcer|no rash, only a sore in my mouth|sore on my penis for 2 weeks, no pain|"
    "a sore in the mouth, nothing else, no fever|blisters in my mouth",
    "fr": "j'ai un aphte dans la bouche|une plaie sur le pénis|aphte, pas de fièvre",
    "es": "tengo una llaga en la boca|afta en la boca sin fiebre",
    "pt": "afta na boca|ferida no pênis|ferida na boca sem febre",
    "sw": "kidonda mdomoni|kidonda kwenye uume|nina kidonda kidogo mdomoni, sina homa",
    "ar": "قرحة في الفم|قرحة على القضيب|عندي قرحة صغيرة في فمي بدون حرارة",
    "hi": "मुंह में छाला|लिंग पर घाव है|मुंह में छाले हैं, बुखार नहीं",
    "bn": "মুখে ঘা|যৌনাঙ্গে একটা ঘা|মুখে ঘা, জ্বর নেই",
    "am": "አፌ ውስጥ ቁስል አለ|ብልቴ ላይ ቁስል አለ|አፌ ውስጥ ቁስል አለ ትኩሳት የለኝም",
    "ha": "miki a cikin baki|gyambo a gabana|miki a bakina, ba zazzabi",
}
MORE_SORES = {
    "en": "sores in my mouth and fever|mouth sores and a rash|sores in my mouth and on my private parts|"
    "ulcers in my mouth and blisters on my chest|ulcers in mouth and down below",
    "fr": "des aphtes et de la fièvre|plaies dans la bouche et éruption|plaies dans la bouche et au vagin",
    "es": "llagas en la boca y fiebre|llagas en la boca y sarpullido|llagas en la boca y en el pene",
    "pt": "feridas na boca e febre|feridas na boca e manchas no corpo|ferida na boca e na vagina",
    "sw": "vidonda mdomoni na homa|vidonda mdomoni na upele mwilini|vidonda kinywani na ukeni",
    "ar": "تقرحات في الفم وحمى|تقرحات في الفم وطفح جلدي|تقرحات في الفم والمهبل",
    "hi": "मुंह में छाले और बुखार|मुंह में छाले और शरीर पर दाने|मुंह और योनि में घाव",
    "bn": "মুখে ঘা আর জ্বর|মুখে ঘা আর গায়ে র‍্যাশ|যোনিতে আর মুখে ঘা",
    "am": "አፌ ውስጥ ቁስልና ትኩሳት|አፌ ውስጥ ቁስል ሰውነቴ ላይ ሽፍታ|አፌና ብልቴ ቆስሏል",
    "ha": "gyambo a bakina da zazzabi|miki a baki da kuraje a jiki|gyambo a gabana da baki",
}
# What is not for the mouth.
SWALLOWED = {
    "en": "the child swallowed the cream|my daughter drank kerosene|she swallowed pills|she ate my tablets|he swallowed a battery|"
    "my baby ate his tablets|he swallowed her pills|i swallowed all my pills|she ate grandma's tablets",
    "fr": "l'enfant a avalé la crème|ma fille a bu du pétrole|elle a avalé des comprimés|le bébé a avalé ses comprimés",
    "es": "el niño se tragó la crema|mi hija tomó kerosene|se tragó unas pastillas",
    "pt": "a criança engoliu o creme|minha filha bebeu querosene|ela engoliu comprimidos",
    "sw": "mtoto amemeza krimu|binti yangu amekunywa mafuta ya taa|mtoto amemeza vidonge",
    "ar": "الطفل بلع الكريم|بنتي شربت كاز|بلعت حبوب الدواء",
    "hi": "बच्चे ने क्रीम निगल ली|बेटी ने मिट्टी का तेल पी लिया|उसने गोलियां खा लीं",
    "bn": "বাচ্চা ক্রিম গিলে ফেলেছে|মেয়ে কেরোসিন খেয়েছে|সে ট্যাবলেট গিলে ফেলেছে",
    "am": "ልጁ ክሬም ዋጠ|ልጄ ኬሮሲን ጠጣች|ልጁ ክኒን ዋጠ",
    "ha": "yaron ya hadiye man shafawa|yarinyata ta sha kananzir|ta hadiye kwayoyi",
}
ASKED = {
    "D28": {
        "en": "he fell in the fire|baby fell into fire|he poured boiling water on himself",
        "fr": "il est tombé dans le feu",
        "es": "se cayó al fuego|se cayó en agua hirviendo",
        "pt": "ele caiu no fogo|caiu na água a ferver",
        "sw": "ameanguka kwenye moto|amemwagiwa maji ya moto",
        "ar": "وقع في النار|انكب عليه ماء مغلي",
        "hi": "वह आग में गिर गया|उस पर खौलता पानी गिर गया",
        "bn": "আগুনে পড়ে গেছে|গায়ে গরম পানি পড়েছে",
        "am": "እሳት ውስጥ ወደቀ|የፈላ ውሃ ፈሰሰበት",
        "ha": "ya fada cikin wuta|ruwan zafi ya zuba masa",
    },
    "D04": {
        "en": "the baby is floppy|my child is floppy|my son went limp",
        "fr": "mon enfant est tout mou",
        "es": "el niño está flojito",
        "pt": "a criança está mole",
        "sw": "mtoto amelegea",
        "ar": "الطفل مرتخي",
        "hi": "बच्चा ढीला पड़ गया है",
        "bn": "বাচ্চা নেতিয়ে পড়েছে",
        "am": "ልጁ ዝልፍልፍ ብሏል",
        "ha": "yaron ya yi laushi ba kuzari",
    },
    "D17": {
        "en": "rash since I take nevirapine|I take carbamazepine and now rash|spots all over since allopurinol|rash after phenytoin",
        "fr": "éruption depuis que je prends la névirapine|boutons depuis la carbamazépine",
        "es": "ronchas desde que tomo nevirapina|sarpullido con carbamazepina",
        "pt": "manchas desde que tomo nevirapina|erupção depois da carbamazepina",
        "sw": "upele tangu nianze nevirapine|vipele baada ya carbamazepine",
        "ar": "طفح من يوم أخذت نيفيرابين|حكة وطفح بعد كاربامازيبين",
        "hi": "नेविरापीन लेने के बाद दाने|कार्बामाजेपीन शुरू की और चकत्ते",
        "bn": "নেভিরাপিন খাওয়ার পর ফুসকুড়ি|কার্বামাজেপিন শুরু করার পর র‍্যাশ",
        "am": "ኔቪራፒን ከጀመርኩ ሽፍታ ወጣብኝ|ካርባማዜፒን ከወሰድኩ በኋላ ሽፍታ",
        "ha": "kuraje tun da na fara nevirapine|kuraje bayan shan carbamazepine",
    },
}
ENDING_IT = {
    "en": "i feel like ending it all|i want to end everything",
    "fr": "j'ai envie d'en finir",
    "es": "tengo ganas de terminar con todo",
    "pt": "quero acabar com tudo",
    "sw": "nataka kumaliza kila kitu",
    "ar": "أريد أن أنهي كل شيء",
    "hi": "सब कुछ खत्म करना चाहता हूं|मन करता है सब खत्म कर दूं",
    "bn": "সব শেষ করে দিতে চাই",
    "am": "ሁሉንም ነገር መጨረስ እፈልጋለሁ",
    "ha": "ina so in gama da komai",
}


def of(texts: dict[str, str]) -> list[tuple[str, str]]:
    assert len(texts) == 10
    return [(language, text) for language, line in texts.items() for text in line.split("|")]


@pytest.mark.parametrize(("language", "text"), of(ON_A_TOE))
def test_a_mole_a_nail_or_a_spot_on_a_toe_sends_nobody_off(language: str, text: str):
    heard = alarms.hear(text, "adult", language)
    assert not heard.pressing
    assert not heard.stated or heard.stated == ("D47",)


@pytest.mark.parametrize("text", ["black mole on my toe", "a dark line under the nail of my big toe"])
def test_whoever_tells_of_a_mole_is_not_asked_after_the_toe(text: str):
    assert "D31" not in alarms.hear(text, "adult", "en").hinted


@pytest.mark.parametrize(
    "text",
    [
        "mole on my back and my finger is black",
        "the mole is fine but my toe went black",
        "mole and black toes",
        "toes are black beside the mole",
        "black toe and a mole on it",
        "i have a mole and my toe is black",
        "black mole on my toe and the toe is black",
    ],
)
def test_a_black_toe_beside_a_mole_is_asked_about(text: str):
    heard = alarms.hear(text, "adult", "en")
    assert "D31" in {*heard.stated, *heard.hinted}


@pytest.mark.parametrize(("language", "text"), of(THE_TOE))
def test_a_toe_or_skin_of_a_foot_that_is_black_still_means_now(language: str, text: str):
    assert "D31" in alarms.hear(text, "adult", language).pressing


@pytest.mark.parametrize(("language", "text"), of(ONE_SORE))
def test_one_sore_alone_waits_for_its_second_question(language: str, text: str):
    heard = alarms.hear(text, "adult", language)
    assert "D18" in heard.stated
    assert not heard.pressing


@pytest.mark.parametrize(("language", "text"), of(MORE_SORES))
def test_sores_in_two_places_or_with_fever_a_rash_or_blisters_mean_now(language: str, text: str):
    assert "D18" in alarms.hear(text, "adult", language).pressing


def test_what_answers_the_second_question_counts_from_any_piece_of_a_long_text():
    filling = "I went to the market and came home again. " * 60
    assert "D18" in windows.hear(f"{filling} sores in my mouth and fever", "adult", "en").pressing


@pytest.mark.parametrize(("language", "text"), of(SWALLOWED))
def test_what_is_not_for_the_mouth_is_a_danger(language: str, text: str):
    assert alarms.hear(text, "child", language).other


@pytest.mark.parametrize(
    ("sign", "language", "text"), [(sign, *line) for sign, texts in ASKED.items() for line in of(texts)]
)
def test_a_fall_into_fire_a_limp_child_and_a_rash_on_such_a_medicine_are_asked_about(
    sign: str, language: str, text: str
):
    heard = alarms.hear(text, "child", language)
    assert sign in {*heard.hinted, *heard.stated}


@pytest.mark.parametrize(("language", "text"), of(ENDING_IT))
def test_who_wants_to_end_it_all_is_handed_over(language: str, text: str):
    assert alarms.hear(text, "adult", language).harm == "die"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "i took my tablets with water and ate rice"),
        ("en", "the doctor gave her tablets and a cream"),
        ("en", "i want to finish all the medicine first"),
        ("en", "she drank water and ate well"),
        ("en", "i swallow my pills every day"),
        ("en", "i swallowed my tablets with water"),
        ("en", "my son ate his tablets"),
        ("fr", "mon fils a avalé ses comprimés"),
        ("es", "mi hijo se tragó sus pastillas"),
        ("sw", "nimemeza vidonge vyangu"),
        ("ha", "na hadiye kwayoyina"),
        ("en", "i limp because of the wart on my foot"),
        ("en", "i take allopurinol for gout"),
        ("fr", "il a pris ses comprimés et mis la crème"),
        ("es", "tomo pastillas y uso la crema"),
        ("pt", "tomei os comprimidos e passei o creme"),
        ("sw", "nimekunywa dawa na kupaka mafuta"),
        ("sw", "nimepaka krimu jana"),
        ("ar", "أخذت الدواء ودهنت الكريم"),
        ("hi", "मैंने दवा खाई और क्रीम लगाई"),
        ("bn", "ওষুধ খেয়েছি আর ক্রিম লাগিয়েছি"),
        ("am", "መድሃኒት ወስጄ ክሬም ቀባሁ"),
        ("ha", "na sha magani na shafa mai"),
    ],
)
def test_medicine_as_it_is_taken_is_no_danger(language: str, text: str):
    heard = alarms.hear(text, "child", language)
    assert (heard.pressing, heard.harm, heard.other) == ((), "", False)
