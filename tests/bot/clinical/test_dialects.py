"""Danger said in dialects, in short messages and in two languages at once; and what is denied so. Made up by the matcher's authors."""

from __future__ import annotations

import pytest

from bot.clinical import alarms
from bot.clinical.danger_signs import sign
from bot.messages import Urgency

SAID = """
ar D01 ابني من الصبح مابيرضاش ياخد بزازته خالص
ar D01 النونو سايب الرضاعة من امبارح
ar D01 بنتي ما عم تبلع شي
ar D01 الولد أبى يشرب الموية
ar D01 ولدي مابغاش يشرب الحليب
ar D01 البيبي مبيرضعش من امبارح
ar D02 كل ما اديها ميه ترجعها تاني
ar D02 ابني بيرجع كل حاجة حتى الميه
ar D02 ولدي كيتقيا كلشي لي كلاه
ar D02 الشافع بيطرش أي شي ياكلو
ar D02 مفيش حاجة بتثبت في معدتها
ar D03 ابني جسمه كله بيتنفض وعينيه لفوق
ar D03 جاتو تشنجات البارح بالليل
ar D03 الولد وقع وقعد يرفس ويطلع رغاوي من بقه
ar D03 بنتي اتشنجت من ساعة
ar D03 جسمو عم يرجف وعيونو قلبت
ar D04 امي نايمة ومش بتصحى خالص
ar D04 جدي بيقول كلام مش مفهوم ومش عارفنا
ar D04 ابوي ما عم يرد علينا
ar D04 الطفل خامل ومش راضي يفوق
ar D04 جدتي ما عرفتش حتى اسمي
ar D04 مش واعي للي حواليه
ar D05 ابني صدره بيزيق ومش بياخد نفسه
ar D05 نفسي مقطوع ومش قادر اتكلم
ar D05 الولد ما قادر ياخد نفس
ar D05 ماكيقدرش يتنفس مزيان
ar D05 عندي كتمة وضيقة في الصدر
ar D06 شفايفي ورمت بعد الاكل
ar D06 وشه نفخ ولسانه كبر
ar D06 حاسة زوري بيقفل
ar D06 عينيها ووجهها منفوخين
ar D06 تمو وارم كتير
ar D07 امي وقعت من طولها واغمى عليها
ar D07 حاسة اني هقع من الدوخة
ar D07 زوجي داخ وطاح
ar D07 كنت هيغمى عليا وانا واقفة
ar D07 بنتي سخفت مرتين اليوم
ar D08 عنده سخونية وبقع حمرا مابتروحش لما ادوس عليها
ar D08 حرارة وبقع بنفسجي على رجليه
ar D09 رقبته ناشفة ومش قادر يحنيها
ar D09 بنتي مش طايقة النور وعندها صداع
ar D09 عنقو يابس ما كيقدرش يحنيه
ar D10 شفايفه زرقا ووشه اصفر
ar D10 ابني لونه ازرق
ar D10 وشها مخطوف وعرقانة تلج
ar D11 الوجع هيموتني والجلد شكله عادي
ar D11 وجع ما ينطاق في رجلي
ar D12 الجلد حوالين الجرح اسود
ar D12 الجرح ريحته وحشة واللحم ميت
ar D12 حرف الجرح ولى كحل
ar D13 الاحمرار بيكبر كل ساعة
ar D13 من الصبح للظهر الورم وصل ركبتي
ar D13 الحمرة طلعت لفوق في ساعتين
ar D15 عينه وارمة ومقفولة
ar D15 جفن عيني منفوخ وبيوجعني
ar D17 اخدت مضاد حيوي وجلدي بدأ يقشر
ar D17 بعد الحقنة طلعت فقاقيع في جسمي
ar D18 بقي كله قرح
ar D18 فيه تقرحات في فمه وعينه
ar D18 جروح في المهبل وطفح
ar D19 جلده بيقع حتت من كل جسمه
ar D19 فقاقيع مالية ضهره وبطنه
ar D20 جسمي كله محمر ومولع
ar D20 جلدي كله احمر وبيقشر
ar D21 البيبي عمره اسبوعين وسخن
ar D24 المولود بارد ومرخي
ar D24 البيبي مش بيتحرك الا لما المسه
ar D25 الحنش عض ولدي
ar D25 لدغني داب في رجلي
ar D25 اتلدغ من تعبان
ar D25 قرصته حية
ar D26 كلب عض بنتي في ايدها
ar D26 قطة خربشتني
ar D26 عضني قرد
ar D28 انحرق صدره وبطنه بالشاي
ar D28 مية سخنة وقعت على ضهرها
ar D28 حرق كبير في فخذه
ar D29 اتكهرب من السلك
ar D29 وقع عليه اسيد
ar D29 الكهربا مسكته
ar D30 ايدي اتحرقت وطلعت فقاقيع
ar D30 زيت سخن جه على وشها
ar D31 صوابع رجلي بقت سودا
ar D31 رجله باردة ومش حاسس بيها
ar D31 صباعي خدران ومزرق
ar D33 الدم مش بيقف
ar D33 عم ينزف كتير وما عم يوقف
ar D33 الدم نازل شلال
ar D33 جرحي بيشر دم من الصبح
ar D40 خصيتي ورمت وبتوجعني
ar D40 وجع جامد في الخصية
ar D45 عايزة اموت
ar D45 بفكر انتحر
ar D45 جوزي بيضربني كل يوم
ar D45 حابب اموت وارتاح
ar D45 راجلي كيضربني
sw D01 mtoto hataki kabisa kushika titi
sw D01 amegoma kunyonya toka asubuhi
sw D01 hawezi hata maji kumeza
sw D01 mwanangu hali wala hanywi
sw D02 kila anachokula kinatoka
sw D02 anatapika mfululizo tangu usiku
sw D02 chakula chote anarudisha
sw D02 hata maji anatapika
sw D03 mtoto kashikwa na degedege
sw D03 anakakamaa na macho yanageuka juu
sw D03 mwili unamtetemeka wote na anatoa mapovu
sw D03 alianguka akaanza kurusha mikono na miguu
sw D04 baba haelewi kitu anaongea ovyo
sw D04 hatujui ana nini amelala tu hatuwezi kumwamsha
sw D04 bibi hatujui tena sisi ni nani
sw D04 mtoto ni mlegevu sana haamki
sw D05 dada anapata shida kuvuta pumzi
sw D05 nashindwa kuhema vizuri
sw D05 kifua kimembana hewa haiingii
sw D05 mtoto anahema haraka haraka sana
sw D05 pumzi inamkata
sw D06 uso umevimba wote na macho
sw D06 ulimi wake umevimba
sw D06 koo linafunga siwezi kumeza
sw D06 midomo imevimbaa baada ya kula samaki
sw D07 mama kazimia sasa hivi
sw D07 amedondoka chini hana fahamu
sw D07 nahisi kuzimia
sw D07 naona giza na kizunguzungu nikisimama
sw D08 ana homa na madoa ya zambarau
sw D08 mtoto ana joto kali na vipele havipotei nikibonyeza
sw D09 shingo yake imekakamaa
sw D09 hawezi kuinamisha kichwa shingo inauma sana
sw D09 mwanga wa jua unamuumiza macho
sw D10 midomo imekuwa ya bluu
sw D10 ngozi yake imepauka na anatoka jasho baridi
sw D11 maumivu ni makali mno kuliko kidonda kinavyoonekana
sw D11 anapiga kelele kwa maumivu
sw D12 ngozi pembeni ya kidonda imekuwa nyeusi
sw D12 kidonda kimeoza kinanuka nyama nyeusi
sw D13 wekundu unapanda mguuni kwa kasi
sw D13 uvimbe umeongezeka ndani ya masaa machache
sw D15 jicho limevimba halifunguki
sw D17 alianza dawa mpya sasa ngozi inabambuka
sw D17 baada ya sindano malengelenge yametokea
sw D18 ana vidonda mdomoni na machoni
sw D18 vidonda ukeni na vipele mwili mzima
sw D19 malengelenge mwili mzima
sw D19 ngozi inatoka mgongo mzima
sw D20 mwili mzima umekuwa mwekundu
sw D21 mtoto wa wiki mbili ana joto
sw D24 kichanga kimelegea hakisogei
sw D24 mtoto mchanga wa baridi sana
sw D25 ameumwa na nyoka
sw D25 nyoka kamgonga mguuni
sw D25 joka limemuuma shambani
sw D26 mbwa amemng'ata mtoto
sw D26 paka kanikwaruza
sw D28 ameungua kifuani na tumboni
sw D28 uji wa moto ulimwagikia mgongo wake
sw D29 kapigwa na umeme
sw D29 tindikali imemwagikia mkono wake
sw D30 kaungua mkono una malengelenge
sw D30 uso umeungua
sw D31 kidole cha mguu kimekuwa cheusi
sw D31 mguu una ganzi na baridi
sw D33 damu haikatiki
sw D33 damu inatoka nyingi haisimami
sw D33 anavuja damu sana
sw D40 korodani zimevimba zinauma
sw D45 bora nife tu
sw D45 nataka kujiua
sw D45 mume wangu hunipiga kila siku
sw D01 baby wangu hataki ku suck
sw D02 ana vomit kila kitu anachokula
sw D03 mtoto alipata convulsions jana
sw D04 baba ako unconscious hajibu
sw D05 mom anashindwa ku breathe
ar D05 ابني مش قادر breathe كويس
sw D05 breathing yake iko fast sana
sw D06 lips zake zimeswell
sw D06 my face imevimba
ar D06 وشه swollen جدا
sw D07 ali faint kwa shule
ar D07 اغمى عليها في school
sw D09 neck yake ni stiff
sw D10 lips zake ni blue
sw D11 pain haivumiliki kabisa
sw D12 skin around kidonda ni nyeusi
sw D13 redness inaspread haraka
sw D15 eye yake imeswell imefunga
sw D17 nilianza septrin sasa nina blisters
sw D19 blisters mwili mzima
ar D19 عنده blisters في كل جسمه
sw D20 body yote ni red
sw D25 snake imemuuma mguu
ar D25 لدغه snake
sw D26 dog imemuuma
ar D26 عضه dog في الشارع
sw D28 boiling water ilimwagikia chest na tumbo
sw D29 alipigwa na electric shock
sw D30 ameburn mkono na ina blisters
sw D31 toe yake ni nyeusi
ar D31 my toe اسود
sw D33 the blood haiishi
sw D33 damu haistop kabisa
ar D33 bleeding مش بيوقف
sw D45 nataka kukill myself
sw D45 nimechoka na life nataka kufa
sw D45 my husband ananipiga
"""
DENIED = """
ar هو بيتنفس عادي ومفيش ورم
ar مفيش عنده سخونية ولا ترجيع
ar شفت تعبان في الجنينة بس مقربش مني
ar الكلب بتاعي مبيعضش حد
ar مافي دم ولا نزيف
ar النزيف وقف من زمان
ar عينه سليمة مش وارمة
ar ما اغمى عليها
ar مش دايخ ولا تعبان
ar هل لدغة الثعبان خطيرة؟
ar ابني بيرضع كويس
ar ما عندو ضيق نفس
ar لم يتقيأ شيئا
ar رجلي مش باردة
ar مكانش فيه تشنجات
ar الحمد لله صاحي وبيتكلم كويس
ar ما صار معو اختلاج ابدا
ar مش عايز اموت من الضحك
ar جلدي اسمر والجرح صغير
ar رسمت حنة سودا على ايدي
ar بيشرب ميه كتير
ar بنتي بتاكل وبتشرب عادي
sw hajaumwa na nyoka
sw mbwa hakumng'ata
sw hatapiki
sw ananyonya vizuri na analala vizuri
sw hajawahi kuzimia
sw sijaona damu
sw damu ilikoma jana
sw midomo yake iko sawa haijavimba
sw hajapoteza fahamu
sw hana shida ya kuhema
sw shingo yake iko sawa
sw mguu hauna ganzi
sw niliota nyoka
sw hakuna aliyezimia
sw kidonda hakina weusi
sw haijaenea
sw macho hayajavimba
sw ngozi haijabambuka
sw anakunywa maji vizuri
sw hana malengelenge mwilini
sw nimechoka na kazi
sw joto la jua ni kali
sw kuna mbwa nyumbani kwetu
en he isn't vomiting
en she has not fainted
en no one was bitten
en we killed a snake in the garden, nobody was bitten
en the dog is friendly and has never bitten
en his lips look normal
en bleeding has stopped completely
en she is feeding well and is alert
en neck moves freely
en no blisters anywhere on the body
en it isn't painful at all
en the burn is tiny
en I paint my nails blue
en no black skin around it
en she is awake and talking
en my skin is black and I have a small cut
en is a snake bite dangerous?
en I am dying of laughter
en not confused, just tired
sw hakuna bleeding
sw hana fever wala fits
ar مفيش bleeding خالص
sw hajafaint
sw breathing iko sawa
sw si snake bite
ar مش fever عادي
"""


def presses(text: str, language: str, age: str = "") -> bool:
    """True where the person is sent off now, or handed over."""
    heard = alarms.hear(text, age, language)
    return bool(heard.harm) or any(sign(s).urgency is Urgency.NOW for s in heard.stated)


@pytest.mark.parametrize("line", SAID.strip().splitlines())
def test_danger_said_as_people_say_it_is_heard(line: str):
    language, name, text = line.split(" ", 2)
    assert presses(text, language, "infant" if name in ("D21", "D24") else "")


@pytest.mark.parametrize("line", DENIED.strip().splitlines())
def test_what_people_deny_or_ask_in_general_sends_nobody_off(line: str):
    language, text = line.split(" ", 1)
    assert not presses(text, language)
