"""What people type, for the tests of `bot.clinical.alarms`: made up by the authors of the matcher, and held to it.

STATED: (sign, text). DENIED: texts that state no sign. HARMLESS: the ordinary texts of the chat.
"""

from __future__ import annotations

__all__ = ["ASKED", "DENIED", "HARMED", "HARMLESS", "STATED"]

_STATED = """
D01 my daughter wont drink anything since yesterday
D01 the baby refuses the breast
D01 he is too weak to suck
D01 she cannot swallow even water
D01 my son is not feeding at all
D01 mtoto hataki kunyonya kabisa
D01 mwanangu hawezi kunywa maji
D01 mtoto amekataa ziwa tangu jana
D01 طفلي لا يرضع منذ الصباح
D01 ابني يرفض الشرب
D01 البنت مش قادرة تشرب
D02 she throws up everything I give her
D02 he vomits all the milk
D02 my baby cant keep anything down
D02 kila anachokula anatapika
D02 mtoto anatapika kila kitu
D02 الطفل يتقيأ كل شيء
D02 بترجع كل اللي تاكله
D03 he had a seizure this morning
D03 my child is having fits
D03 his eyes rolled back and he was jerking all over
D03 convulsions since last night please help
D03 she had convultions
D03 mtoto amepata degedege
D03 mwili wake unatetemeka na macho yamegeuka
D03 ابني جاءه تشنج قبل ساعة
D03 الطفل يتشنج
D04 my father is very confused and does not know where he is
D04 I cannot wake her up
D04 he is so sleepy he barely opens his eyes
D04 she is talking nonsense
D04 grandma is unconcious
D04 he wont respond to us
D04 amechanganyikiwa hajui alipo
D04 mama haamki
D04 mgonjwa hana fahamu
D04 أبي مشوش ولا يعرف أين هو
D04 لا تستيقظ مهما حاولنا
D04 نعسان جدا وصعب نصحيه
D05 he cant breath
D05 she is breathing very fast
D05 I am short of breath
D05 my baby struggles for breath
D05 he is gasping for air
D05 breathing is hard for her
D05 My child has a rash and cannot breathe well
D05 anapumua kwa shida
D05 mtoto hapumui vizuri
D05 siwezi kupumua
D05 anapumua haraka haraka sana
D05 عندي ضيق في التنفس
D05 ابنتي لا تستطيع التنفس
D05 يتنفس بسرعة
D05 مش قادر اتنفس
D06 his lips are swollen
D06 my face is swelling up after I ate fish
D06 tongue swelled
D06 her throat is closing
D06 lips swolen and itchy
D06 midomo yake imevimba
D06 ulimi umevimba sana
D06 uso wangu umefura
D06 شفاهي تورمت
D06 وجهها منتفخ
D06 تورم في اللسان
D07 she fainted twice today
D07 I almost passed out
D07 he collapsed in the market
D07 amezimia
D07 nusura nizimie leo
D07 أغمي عليه أمس
D07 فقدت الوعي
D08 he has fever and spots that dont fade when I press a glass on them
D08 high temperature and purple spots all over
D08 ana homa na madoa yasiyofifia nikibonyeza
D08 عنده حمى وبقع لا تختفي عند الضغط
D09 her neck is stiff
D09 he cannot bend his neck
D09 the light hurts her eyes
D09 shingo yake imekakamaa
D09 mwanga unamuumiza macho
D09 رقبته متيبسة
D09 الضوء يؤلم عينيها
D10 he looks grey and very sick
D10 her lips are blue
D10 my baby turned blue
D10 skin is mottled and she feels ill
D10 ngozi yake imekuwa ya bluu
D10 amepauka sana na ni mgonjwa
D10 شفتاه زرقاء
D10 شاحب جدا ومريض
D11 the pain is much worse than it looks
D11 unbearable pain in the leg but the skin looks normal
D11 he is screaming in pain
D11 maumivu ni makali kuliko inavyoonekana
D11 maumivu yasiyovumilika
D11 الألم لا يحتمل
D11 ألم شديد جدا مع أن الجلد عادي
D12 the skin around the wound turned black
D12 there is purple skin near the sore
D12 the flesh is rotting
D12 ngozi karibu na kidonda imekuwa nyeusi
D12 kidonda kinaoza
D12 الجلد حول الجرح صار أسود
D12 جلد بنفسجي قرب القرحة
D13 the redness is spreading very fast
D13 it was small this morning and the swelling has spread up the leg within hours
D13 uvimbe unaenea haraka
D13 inasambaa kwa kasi
D13 التورم ينتشر بسرعة
D13 الاحمرار يتوسع كل ساعة
D15 his eye is swollen shut
D15 the skin around her eye is hot and painful
D15 eyelid swelling
D15 jicho lake limevimba
D15 hawezi kufungua jicho
D15 عينه متورمة
D15 لا يستطيع فتح عينه
D17 my skin started to peel after the new tablets
D17 blisters came since I took septrin
D17 malengelenge yalianza baada ya dawa mpya
D17 ngozi inabambuka tangu ameze dawa
D17 ظهرت فقاعات بعد دواء جديد
D17 جلده يتقشر منذ أخذ الدواء
D18 he has sores in his mouth and on his penis
D18 her mouth is full of ulcers
D18 ana vidonda mdomoni
D18 vidonda sehemu za siri
D18 تقرحات في الفم
D18 قروح في عينيه
D19 blisters all over his body
D19 skin is peeling off over most of her body
D19 malengelenge mwili mzima
D19 فقاعات في كل الجسم
D20 his whole body is red and peeling
D20 almost all of the skin has turned red
D20 ngozi yote imekuwa nyekundu
D20 جلده كله أحمر ويتقشر
D21 my 3 week old baby has a fever
D21 newborn feels very hot
D21 mtoto mchanga ana homa
D21 kichanga ana joto kali
D21 الرضيع عنده حرارة
D24 my newborn is floppy and cold to touch
D24 the baby only moves when I touch her
D24 kichanga hasogei
D24 mtoto mchanga ana mwili wa baridi
D24 الرضيع جسمه بارد
D24 المولود لا يتحرك
D25 a snake bit my brother
D25 I think it was a snake
D25 ameumwa na nyoka
D25 nyoka kamgonga mguuni
D25 لدغني ثعبان
D25 عضته أفعى
D26 a dog bit me
D26 the cat scratched my daughter
D26 I was bitten by a bat
D26 mbwa ameniuma
D26 nimeumwa na nyani
D26 عضني كلب
D26 خدشتني قطة
D28 hot water burned her whole chest
D28 the burn is bigger than my hand
D28 ameungua sehemu kubwa ya mwili
D28 حرق كبير في صدره
D29 he was electrocuted
D29 acid burn on the arm
D29 the burn is white
D29 amepigwa na shoti ya umeme
D29 amemwagikiwa tindikali
D29 حرق كهربائي
D29 حرق من مادة كيميائية
D30 she burned her hand and it has blisters
D30 burn on the face
D30 ameungua usoni
D30 حرق في الوجه
D31 my toe is black
D31 his foot is cold and numb
D31 I have no feeling in my fingers
D31 kidole cha mguu kimekuwa cheusi
D31 mguu wake una ganzi
D31 إصبع قدمه أسود
D31 قدمي باردة ومخدرة
D33 it wont stop bleeding
D33 blood keeps coming out even after we pressed for ten minutes
D33 damu haikomi
D33 anatoka damu nyingi sana
D33 النزيف لا يتوقف
D33 ينزف بشدة
D40 my testicles are swollen and very painful
D40 terrible pain in his private parts
D40 korodani zimevimba na zinauma
D40 maumivu makali sehemu za siri
D40 ألم شديد وتورم في الخصية
D14 there is a hot swollen painful place on my leg
D14 pana uvimbe wa moto unaouma
D14 مكان ساخن ومتورم ومؤلم في ساقي
D16 rash on my forehead and the eye is red and sore
D16 طفح في الوجه وعيني حمراء ومؤلمة
D22 my newborn has pimples full of pus
D22 kichanga ana vipele vyenye usaha
D22 الرضيع عنده حبوب فيها صديد
D23 the belly button is red and smells
D23 kitovu kinatoa usaha
D23 سرته حمراء ويخرج منها صديد
D27 the redness is spreading from the bee sting
D27 لسعة نحلة والتورم ينتشر
D32 I am diabetic and have a sore on my foot
D32 nina kisukari na kidonda mguuni
D32 عندي سكري وجرح في القدم
D34 his eczema became painful with blisters
D34 الأكزيما صارت تؤلم مع حمى
D35 painful blisters on one side of my back
D35 mkanda wa jeshi
D35 حزام ناري
D36 I was near a man with mpox
D36 جدري القردة
D37 fever, rash and a bad cough
D37 homa na upele na kikohozi
D37 عنده حمى وطفح وسعال
D38 my swollen leg is suddenly hot and painful
D38 mguu uliovimba umekuwa wa moto na unauma
D39 I had leprosy and now my hand is weak
D39 nina ukoma na mishipa inauma
D41 the lump is growing fast
D41 uvimbe unakua haraka
D41 كتلة تكبر بسرعة
D42 my mole has changed colour
D42 الشامة تغير لونها
D43 a sore that does not heal for two months
D43 kidonda hakiponi kwa wiki tano
D43 جرح لا يلتئم منذ شهر
D44 a pale patch that is numb
D44 baka lisilo na hisia
D44 بقعة فاتحة بدون إحساس
D05 mtoto wangu cannot breathe tafadhali
D05 baby yangu hawezi breathe vizuri
D06 midomo yake ni swollen sana
D06 my face umevimba leo
D05 ابني can't breathe
D04 no he is confused
D05 no, he cannot breathe
D05 yes and she can not breathe
D33 hello doctor. it is bleeding, it does not stop! what to do
D05 no fever but he is breathing fast
D06 hana homa lakini midomo imevimba
D05 ليس عنده حمى لكن يتنفس بصعوبة
D05 i dont know why he cant breathe
D05 he is not eating and is breathing hard
D05 breathng is dificult
D03 she had a siezure
D04 grandfather is unresponsve
D04 she is verry confussed
D06 lipps sweling
D07 he colapsed
D33 bleedding wont stop
D25 snaek bite
D05 anapumuwa kwa shidaa
D25 nyooka amemuuma
D05 صعوبه ف التنفس
D05 والتنفس صعب
D06 ووجهه متورم
"""
_ASKED = """
D08 I have a fever
D08 mtoto ana homa kali
D08 عنده حمى
D08 the spots do not fade when I press them
D17 rash after new medicine
"""
_HARMED = """
die I want to die
die i will kill myself
die sometimes I wish I was dead
die nataka kufa
die nimechoka kuishi
die أريد أن أموت
die سأقتل نفسي
hurt my husband beats me
hurt he burned me with a cigarette
hurt I was raped
hurt someone is hurting me
hurt mume wangu ananipiga
hurt amenibaka
hurt زوجي يضربني
hurt اغتصبني
"""
_DENIED = """
no fever
no fever no vomiting
he has no fever
she does not have a fever
there is no fever
without fever
no fever or trouble breathing
he is not confused
she isn't confused at all
he can breathe well
breathing is fine
no trouble breathing
she has no difficulty breathing
he is not breathing fast
no breathing problem
lips are not swollen
no swelling of the face
her face is not swollen
no stiff neck
his neck is not stiff
he did not faint
I have never fainted
she hasn't had any fits
no seizures
not unconscious
she is not very sleepy
fever: no
fever? no
it is not a snake bite
no snake
no dog bit me
the dog did not bite him
it does not bleed
the bleeding stopped
it isn't spreading fast
no blisters after new medicine
no sores in the mouth
there are no sores in her mouth
my toe is not black
the skin around the wound is not black
no diabetes and no sore on the foot
I do not want to die
nobody beats me
hana homa
hakuna homa
hana shida ya kupumua
hana degedege
hajazimia
hajachanganyikiwa
midomo haijavimba
hakuna uvimbe wa midomo
bila homa
sina homa wala degedege
homa hana
shingo haijakakamaa
mbwa hajaniuma
si nyoka
hana vidonda mdomoni
sitaki kufa
ليس عنده حمى
لا توجد حمى
بدون حمى
ما عنده حمى
لا يوجد ضيق في التنفس
ليس لديه صعوبة في التنفس
لم يغمى عليه
ليست متورمة
لا يوجد تورم في الوجه
مش مشوش
غير مشوش
لا يوجد تشنج
لا حمى ولا تشنجات
لا أريد أن أموت
الطفل ليس عنده حمى
no homa
hana fever
"""
_HARMLESS = """
hello
hi there
good morning doctor
yes
no
none of these
I don't know
is it dangerous
is it bad
can my children catch it
can others catch it
what can I put on it
what should I do
may I work
can I swim with it?
may I go to the sea
is he in the sun too much
how long does it take
it itches at night
it itches a lot
my skin is dry
my skin is black
I have black skin
I have brown skin and a dark spot
the mole is black
a dark spot on my face
a small lump on my back
there is a bump on my nose
the spot is red
a red spot on the lip
it bleeds sometimes
it bled once when I scratched it
it bleeds when I shave
it hurts a little
it does not hurt
a rash on both arms
my arm has a rash
many small spots on the chest
red spots all over my body
itching all over
I was bitten by mosquitoes
I have pimples
my baby has a rash on the cheeks
my son has dry skin
my daughter has ringworm
the cream burns a little
I burned my finger while cooking last year
I use soap and cream
what medicine can I use
I took no medicine
he is 45 years old
I am pregnant
I have diabetes
my mother had this too
it is on my back
on the left hand
on my foot
it came two weeks ago
since last month
it grew slowly over years
it is flat
it is raised
the skin is rough
thank you very much
thanks
stop
delete my data
new photo
help
language
Kiswahili
where is the clinic
is there a doctor near me
how much does it cost
I cannot send a photo
the photo is blurred
my phone is slow
do you understand me
who are you
are you a doctor
I am worried
please look at it
can I wash it
does it go away
will it leave a scar
is it cancer
my nails are thick
my hair is falling out
I sweat a lot
it smells bad
it is warm here
we live near the river
I work in the field
my dog has fleas
my cat sleeps in my bed
it fits the description
a faint line on the skin
I can sleep well
breathing is normal
he drinks and eats well
she is awake and playing
he feels fine
my child plays and laughs
habari
asante sana
inawasha usiku
ngozi yangu ni kavu
ni doa jeusi usoni
nina uvimbe mdogo mgongoni
je, ni hatari
je, watoto wangu wanaweza kuambukizwa
nipake nini
naweza kwenda kazini
naweza kuogelea nayo?
sijui
ndiyo
hapana
anakunywa na kula vizuri
anapumua vizuri
nina kisukari
upele kwenye mikono
ilianza wiki iliyopita
haiumi
inauma kidogo
مرحبا
شكرا
هل هو خطير
هل يعدي
ماذا أضع عليه
حكة في الليل
بشرتي جافة
عندي شامة سوداء
حبوب في الوجه
بقعة على ظهري
لا أعرف
نعم
لا
هل يمكنني السباحة؟
يتنفس جيدا
يشرب ويأكل جيدا
منذ أسبوعين
على يدي اليسرى
لا يؤلم
يؤلم قليلا
"""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.strip().splitlines())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in _lines(text))


STATED = _pairs(_STATED)
ASKED = _pairs(_ASKED)
HARMED = _pairs(_HARMED)
DENIED = _lines(_DENIED)
HARMLESS = _lines(_HARMLESS)
