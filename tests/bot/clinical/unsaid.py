"""What people type that must not alarm: negations, and the ordinary texts of the chat. Made up."""

from __future__ import annotations

__all__ = ["DENIED", "HARMLESS"]

DENIED = tuple(
    """
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
she has not fainted
never had a seizure
he doesn't have a stiff neck
there's no swelling around the eye
breathing normally
no problems with breathing
he isn't drowsy or confused
no snake bite, just a thorn
not bitten by any animal
the wound is not bleeding
no pus and no fever
we did not start any new medicine
my lips aren't swollen
he hasn't vomited
the pain is not severe
nobody hurts me
the baby drinks well
the baby is feeding well, no fever
fever none
hajazirai
hajapata homa
hakuna homa wala kutapika
hana maumivu makali
si kuumwa na nyoka
jicho halijavimba
hapumui kwa shida
hatapiki
mtoto ananyonya vizuri
haumwi shingo
hakuna mtu ananipiga
لم يتقيأ
لا يوجد نزيف
ليس هناك تورم حول العين
ما في حمى
الطفل يرضع جيدا
لا أشعر بضيق تنفس
لم تعضه أي حيوانات
بدون تشنجات
مافيش سخونية
ما عنده ضيق تنفس
لا أحد يضربني
no seizure, no vomiting, drinks well
he is not unconscious, he talks
without any trouble breathing
her breathing is not fast
he's breathing okay now
there is no confusion
no black skin near the sore
skin is not peeling
he never had fits
she can drink
can drink and eat
the eye is fine, not swollen
it's not spreading
no bleeding
the burn is smaller than my hand
not a burn
no blisters
no one hurts me
I'm not going to kill myself
hajaumwa na mbwa
hakuna damu
hana kizunguzungu
anapumua kawaida
hanyimwi kunyonya
haijaenea
hana malengelenge
hajaungua
ngozi haijabambuka
لا نزيف
لا تورم في الشفاه
الرضيع يرضع جيدا ولا حمى
لم يعضه كلب
ليس حرقا
تنفسه طبيعي
لا يعاني من صعوبة في التنفس
مش متورم
لا يوجد فقاعات
""".strip().splitlines()
)
HARMLESS = tuple(
    """
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
what if it starts to bleed
which cream for eczema
can I cover it with a bandage
does sun make it worse
my neighbour has ringworm
what is melanoma
will it spread to my face
can it turn into cancer
the baby is 8 months and has eczema
mole on my private part
small spot near my eye
my foot itches
the mosquito bite itches
my lips are dry
I have cold sores sometimes
dry mouth
pale patch on my cheek
hair on the mole
my tongue is fine
the dog sleeps next to me
it gets red when I scratch
it's warm to wear
how hot can the water be
we have hot weather
the sore is small
the sore is on my lip
my finger has a wart
my toe nail is yellow
I drink a lot of water
the doctor gave me tablets for blood pressure
started two months ago
first it was small, then bigger
rafiki yangu ana upele pia
je naweza kuoga
kuna joto sana hapa
ngozi inabadilika rangi juani
mguu unawasha
kidonda kidogo mguuni
nina baka usoni
هل ينتقل باللمس
الشمس قوية هنا
عندي حبوب شباب
ظهرت بقعة صغيرة
البقعة تحكني
أشرب الماء كثيرا
قدمي تحكني
جرح صغير في يدي
""".strip().splitlines()
)
