"""What people type of danger, for the tests of `bot.clinical.alarms`: made up by the authors of the matcher, and held to it.

STATED: (sign, text). ASKED: (sign that is only spoken of, text). HARMED: (kind, text). What must not alarm: `unsaid`.
"""

from __future__ import annotations

__all__ = ["ASKED", "HARMED", "STATED"]

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
D01 he is not able to nurse, doesnt want the bottle either
D01 my little girl hasnt drunk anything all day
D01 the kid wont take water
D01 baby does not latch and sleeps
D01 mtoto hanyonyi wala hakunywi
D01 hawezi hata kumeza mate
D01 طفلتي ما ترضع ابدا
D01 ابني ما يقدر يشرب الماء
D01 She has stopped taking the breast completely.
D01 We try with a spoon but he can't drink
D01 my child is unable to drink or breastfeed
D01 Amegoma kabisa kunywa chochote tangu usiku
D01 mtoto ameshindwa kunyonya
D01 رفضت الرضاعة تماما
D01 لم يشرب شيئا منذ أمس
D02 she throws up everything I give her
D02 he vomits all the milk
D02 my baby cant keep anything down
D02 kila anachokula anatapika
D02 mtoto anatapika kila kitu
D02 الطفل يتقيأ كل شيء
D02 بترجع كل اللي تاكله
D02 she brings up every feed
D02 whatever he eats comes back up
D02 nothing stays in his stomach
D02 anatapika kila anachokunywa
D02 كل ما يأكل شيئا يتقيأه
D02 ابني يستفرغ كل شي
D02 he vomits everything
D02 Everything she swallows comes straight out again
D02 he has been throwing up nonstop
D02 kila kitu anachokula anakitapika
D02 يتقيأ كل ما يشربه
D03 he had a seizure this morning
D03 my child is having fits
D03 his eyes rolled back and he was jerking all over
D03 convulsions since last night please help
D03 she had convultions
D03 mtoto amepata degedege
D03 mwili wake unatetemeka na macho yamegeuka
D03 ابني جاءه تشنج قبل ساعة
D03 الطفل يتشنج
D03 she had a siezure
D03 my boy was shaking all over and foaming at the mouth
D03 he is convulsing
D03 she went stiff and then was jerking
D03 anatetemeka mwili mzima na povu linatoka mdomoni
D03 alipata kifafa asubuhi
D03 جسمه كان ينتفض وعيونه انقلبت
D03 صار معه اختلاج
D03 dege dege tangu asubui
D03 seezure
D03 convulsion in the night
D03 Her arms and legs were twitching and she didnt respond
D03 the child has fitted twice
D03 amepata mshtuko, mwili umekakamaa
D03 أصيب بنوبة تشنج
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
D04 no he is confused
D04 grandfather is unresponsve
D04 she is verry confussed
D04 we can not get him to wake
D04 he does not recognize us anymore
D04 she is drowsy and doesnt answer
D04 my mum is acting strange and mixed up
D04 anaongea maneno yasiyoeleweka
D04 analala tu haitikii tukimwita
D04 mtoto amelegea na hajitambui
D04 ما يصحى ابدا
D04 يتكلم كلام غير مفهوم
D04 مغيب عن الوعي
D04 baba hawezi to wake up
D04 konfused and sleepy
D04 She keeps falling asleep and we can hardly wake her
D04 He doesn't know his own name
D04 very drowsy since noon
D04 hajui yuko wapi, amechanganyikiwa
D04 ni vigumu kumwamsha
D04 غير واع ولا يرد علينا
D04 مرتبك ولا يعرفنا
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
D05 mtoto wangu cannot breathe tafadhali
D05 baby yangu hawezi breathe vizuri
D05 ابني can't breathe
D05 no, he cannot breathe
D05 yes and she can not breathe
D05 no fever but he is breathing fast
D05 ليس عنده حمى لكن يتنفس بصعوبة
D05 i dont know why he cant breathe
D05 he is not eating and is breathing hard
D05 breathng is dificult
D05 anapumuwa kwa shidaa
D05 صعوبه ف التنفس
D05 والتنفس صعب
D05 he is fighting for every breath
D05 its so difficult to breath
D05 her chest is sucking in when she breathes
D05 i feel like i'm suffocating
D05 he cant get enough air
D05 anapata shida kupumua
D05 pumzi zinambana
D05 anahema sana
D05 nashindwa kupumua vizuri
D05 نفسي مقطوع
D05 تتنفس بصعوبة شديدة
D05 يلهث ولا يأخذ نفسه
D05 مو قادرة تتنفس
D05 please mtoto hapumui
D05 he ليس قادر على التنفس
D05 anapumua kwa tabuu
D05 cant brethe propaly
D05 Grandpa struggles to breathe
D05 my breathing is very fast and short
D05 he makes a whistling noise and can't breathe
D05 pumzi inakata
D05 anavuta pumzi kwa shida
D05 صعب عليه يتنفس
D05 تنفسه سريع جدا
D05 ما فيها تاخد نفس
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
D06 midomo yake ni swollen sana
D06 my face umevimba leo
D06 hana homa lakini midomo imevimba
D06 lipps sweling
D06 ووجهه متورم
D06 my lips have blown up like balloons
D06 face puffed up and lips thick
D06 her tongue got really big
D06 throat feels like it is closing up
D06 midomo imekuwa mikubwa ghafla
D06 koo linaziba
D06 uso wote umevimba
D06 لساني تورم
D06 شفايفها كبرت فجأة
D06 وجهه انتفخ كله
D06 lips za mtoto zimevimba
D06 swoolen tung
D06 swelling in the throat
D06 my whole face is swelling
D06 lips are getting bigger and bigger
D06 koo limevimba
D06 تورم وجهي وشفتي
D06 زوري متورم
D07 she fainted twice today
D07 I almost passed out
D07 he collapsed in the market
D07 amezimia
D07 nusura nizimie leo
D07 أغمي عليه أمس
D07 فقدت الوعي
D07 he colapsed
D07 she dropped to the floor and lost consciousness
D07 i nearly blacked out
D07 he was about to faint
D07 alianguka na kupoteza fahamu
D07 nilizirai sokoni
D07 وقعت على الأرض مغمى عليها
D07 كاد يغمى عليه
D07 he faintd
D07 went unconscious for a minute
D07 feeling faint, everything turns black
D07 he passed out
D07 ameanguka ghafla na kuzimia
D07 أغمي عليها في السوق
D07 داخ وسقط
D08 he has fever and spots that dont fade when I press a glass on them
D08 high temperature and purple spots all over
D08 ana homa na madoa yasiyofifia nikibonyeza
D08 عنده حمى وبقع لا تختفي عند الضغط
D08 burning up with a rash that stays when i push a glass against it
D08 fever and a rash that does not disappear under a glass
D08 mwili una joto sana na madoa hayapotei nikiyabonyeza
D08 حرارة عالية وبقع بنفسجية على الرجل
D08 hot with fever and there are purple dots that dont vanish when pressed
D08 temperature 39 and little blood spots under the skin
D08 homa kali na madoa yanayobaki hata nikibonyeza
D08 سخونية وبقع ما بتروح لما نضغط عليها
D09 her neck is stiff
D09 he cannot bend his neck
D09 the light hurts her eyes
D09 shingo yake imekakamaa
D09 mwanga unamuumiza macho
D09 رقبته متيبسة
D09 الضوء يؤلم عينيها
D09 he screams when we bend his neck
D09 cant put chin on chest
D09 she can't stand the light
D09 shingo ni ngumu hawezi kugeuka
D09 hapendi mwanga macho yanauma
D09 رقبته يابسة ما يقدر يحنيها
D09 يخاف من الضوء
D09 the neck is rigid and light is painful
D09 it hurts to look at light and her neck is stiff
D09 shingo imekuwa ngumu
D09 رقبتها متصلبة
D09 النور يوجع عينيه
D10 he looks grey and very sick
D10 her lips are blue
D10 my baby turned blue
D10 skin is mottled and she feels ill
D10 ngozi yake imekuwa ya bluu
D10 amepauka sana na ni mgonjwa
D10 شفتاه زرقاء
D10 شاحب جدا ومريض
D10 he has gone very pale and cold and sweaty
D10 his fingers and lips turned blue
D10 blotchy skin and looks really ill
D10 uso umekuwa wa kijivu na anaumwa sana
D10 midomo ni ya bluu
D10 لونه أزرق
D10 جلدها مرقط وهي مريضة
D10 skin looks bluish grey, he is poorly
D10 she's pale as a sheet, sick and weak
D10 ngozi imepauka na amelegea
D10 شفايفه زرقا
D10 وجهه شاحب وهو تعبان
D11 the pain is much worse than it looks
D11 unbearable pain in the leg but the skin looks normal
D11 he is screaming in pain
D11 maumivu ni makali kuliko inavyoonekana
D11 maumivu yasiyovumilika
D11 الألم لا يحتمل
D11 ألم شديد جدا مع أن الجلد عادي
D11 it hardly looks like anything but the pain is killing me
D11 the pain is out of proportion
D11 my leg hurts terribly much more than you would think from looking
D11 anaumia sana kuliko unavyoona kwenye ngozi
D11 maumivu makali sana ya kutisha
D11 الوجع أقوى بكثير من شكله
D11 يصرخ من شدة الألم
D11 A tiny red mark but I'm crying from pain
D11 pain is way worse than what you can see
D11 maumivu ni makubwa mno kuliko ngozi inavyoonekana
D11 الألم أشد بكثير مما يبدو عليه الجلد
D11 وجع فظيع
D12 the skin around the wound turned black
D12 there is purple skin near the sore
D12 the flesh is rotting
D12 ngozi karibu na kidonda imekuwa nyeusi
D12 kidonda kinaoza
D12 الجلد حول الجرح صار أسود
D12 جلد بنفسجي قرب القرحة
D12 dead skin around the ulcer
D12 the edges of my wound went black
D12 the sore is turning purple and black around it
D12 pembeni ya kidonda pamekuwa peusi
D12 ngozi imekufa kuzunguka jeraha
D12 أطراف الجرح اسودت
D12 لون الجلد حول القرحة رمادي
D12 Next to the sore the skin has gone purple-black
D12 my wound has black edges
D12 ngozi ya zambarau karibu na kidonda
D12 جلد أسود بجانب القرحة
D12 الجرح بدأ يسود
D13 the redness is spreading very fast
D13 it was small this morning and the swelling has spread up the leg within hours
D13 uvimbe unaenea haraka
D13 inasambaa kwa kasi
D13 التورم ينتشر بسرعة
D13 الاحمرار يتوسع كل ساعة
D13 the red area doubled since this morning
D13 redness creeping up my arm, bigger every hour
D13 the hot swelling gets bigger by the hour
D13 uvimbe wa moto unapanda mguuni haraka
D13 wekundu unasambaa kila saa
D13 الورم يكبر كل ساعة
D13 الاحمرار وصل الى الركبة خلال ساعات
D13 The hot patch is spreading quickly, over a few hours
D13 it spread from ankle to knee overnight
D13 eneo lenye joto linaenea haraka
D13 المنطقة الساخنة تتوسع خلال ساعات
D14 there is a hot swollen painful place on my leg
D14 pana uvimbe wa moto unaouma
D14 مكان ساخن ومتورم ومؤلم في ساقي
D15 his eye is swollen shut
D15 the skin around her eye is hot and painful
D15 eyelid swelling
D15 jicho lake limevimba
D15 hawezi kufungua jicho
D15 عينه متورمة
D15 لا يستطيع فتح عينه
D15 her eyelid is puffy red and hot
D15 swelling round the eye and it is painful
D15 kope zimevimba na jicho halifunguki
D15 jicho limefura
D15 جفنه منتفخ وأحمر
D15 ورم حول العين
D15 her eye is puffy, red and closed
D15 skin near my eye is swollen
D15 jicho limevimba na linauma
D15 جفن عيني متورم ومؤلم
D16 rash on my forehead and the eye is red and sore
D16 طفح في الوجه وعيني حمراء ومؤلمة
D17 my skin started to peel after the new tablets
D17 blisters came since I took septrin
D17 malengelenge yalianza baada ya dawa mpya
D17 ngozi inabambuka tangu ameze dawa
D17 ظهرت فقاعات بعد دواء جديد
D17 جلده يتقشر منذ أخذ الدواء
D17 after the antibiotic her skin is coming off
D17 peeling skin since he got the injection
D17 he started a new drug last week and now has bubbles on the skin
D17 ametokwa malengelenge tangu aanze dawa ya kifafa
D17 baada ya sindano ngozi inabambuka
D17 بعد ما أخذ المضاد الحيوي جلده صار يتقشر
D17 blisters appeared two days after a new drug
D17 her skin peels since the antibiotics
D17 nimeanza dawa mpya na ngozi inababuka
D17 تقشر الجلد بعد أن بدأت حبوب جديدة
D17 ظهرت بثور بعد الحقنة
D18 he has sores in his mouth and on his penis
D18 her mouth is full of ulcers
D18 ana vidonda mdomoni
D18 vidonda sehemu za siri
D18 تقرحات في الفم
D18 قروح في عينيه
D18 ulcers on her tongue and lips and down below
D18 raw sores inside the mouth
D18 sores in my private area
D18 mdomo wake una vidonda vingi
D18 vidonda kwenye uume
D18 جروح داخل فمه
D18 تقرحات في المنطقة الحساسة
D18 there are blisters in his mouth
D18 painful ulcers on the genitals
D18 ana malengelenge mdomoni na machoni
D18 قروح في الفم والعين
D19 blisters all over his body
D19 skin is peeling off over most of her body
D19 malengelenge mwili mzima
D19 فقاعات في كل الجسم
D19 her skin is coming off in sheets
D19 most of his body has blisters
D19 malengelenge yameenea mwilini kote
D19 ngozi inachunika mwili wote
D19 جسمه كله فقاعات
D19 half of his body is peeling
D19 he is covered in blisters
D19 ngozi inabambuka sehemu kubwa ya mwili
D19 تقشر على معظم الجسم
D20 his whole body is red and peeling
D20 almost all of the skin has turned red
D20 ngozi yote imekuwa nyekundu
D20 جلده كله أحمر ويتقشر
D20 he is red from head to toe and peeling
D20 all her skin is red like she was boiled
D20 mwili wote umekuwa mwekundu na unabambuka
D20 كل جلدي أحمر
D20 my whole skin is red and scaly
D20 mwili mzima ni mwekundu
D20 كل الجلد محمر ويتقشر
D21 my 3 week old baby has a fever
D21 newborn feels very hot
D21 mtoto mchanga ana homa
D21 kichanga ana joto kali
D21 الرضيع عنده حرارة
D21 my two week old feels like fire
D21 newborn temp 38.4
D21 baby of 1 month with high fever
D21 mtoto wa wiki mbili ana homa
D21 mchanga anachemka
D21 طفل عمره شهر وحرارته عالية
D21 المولود ساخن جدا
D21 our newborn is hot
D21 fever in a 6 weeks old baby
D21 mtoto mchanga mwili una joto sana
D21 حرارة عند طفل عمره أسبوعين
D22 my newborn has pimples full of pus
D22 kichanga ana vipele vyenye usaha
D22 الرضيع عنده حبوب فيها صديد
D23 the belly button is red and smells
D23 kitovu kinatoa usaha
D23 سرته حمراء ويخرج منها صديد
D24 my newborn is floppy and cold to touch
D24 the baby only moves when I touch her
D24 kichanga hasogei
D24 mtoto mchanga ana mwili wa baridi
D24 الرضيع جسمه بارد
D24 المولود لا يتحرك
D24 newborn very limp, wont move
D24 our baby is cold like ice and only moves if touched
D24 kichanga amepoa na amelegea
D24 mtoto mchanga hatikisiki mpaka aguswe
D24 الرضيع مرتخي وبارد
D24 newborn feels cold and hardly moves
D24 mtoto mchanga hasogei wala halii
D24 المولودة باردة ولا تتحرك
D25 a snake bit my brother
D25 I think it was a snake
D25 ameumwa na nyoka
D25 nyoka kamgonga mguuni
D25 لدغني ثعبان
D25 عضته أفعى
D25 snaek bite
D25 nyooka amemuuma
D25 something like a snake bit him in the grass
D25 bitten by a viper
D25 aling'atwa na nyoka shambani
D25 ثعبان عض رجل أخي
D25 لدغة أفعى
D25 nyoka bit me
D25 maybe a snake bite
D25 inaweza kuwa nyoka
D25 ممكن تكون لدغة حية
D26 a dog bit me
D26 the cat scratched my daughter
D26 I was bitten by a bat
D26 mbwa ameniuma
D26 nimeumwa na nyani
D26 عضني كلب
D26 خدشتني قطة
D26 a stray dog bit my kid
D26 monkey scratched my arm
D26 our neighbours dog has bitten me on the leg
D26 mbwa koko kamuuma mtoto
D26 paka amenikwaruza
D26 كلب ضال عض ابني
D26 القط خربشني
D26 scratched by a bat
D26 donkey bite on the hand
D26 nilikwaruzwa na paka wa jirani
D26 عضة كلب في اليد
D27 the redness is spreading from the bee sting
D27 لسعة نحلة والتورم ينتشر
D28 hot water burned her whole chest
D28 the burn is bigger than my hand
D28 ameungua sehemu kubwa ya mwili
D28 حرق كبير في صدره
D28 she spilled boiling water over her whole belly
D28 burned arm, much bigger than a hand
D28 maji ya moto yamemwagikia mwili wake
D28 الحرق أكبر من كف يدي
D28 احترقت رجله كلها
D28 the burn covers all of her back
D28 large burn on the leg
D28 kaungua mgongo wote
D28 حرق واسع على الظهر
D29 he was electrocuted
D29 acid burn on the arm
D29 the burn is white
D29 amepigwa na shoti ya umeme
D29 amemwagikiwa tindikali
D29 حرق كهربائي
D29 حرق من مادة كيميائية
D29 bleach burned his skin
D29 got shocked by a wire and the skin is black
D29 the burned skin is white like wax
D29 tindikali imemchoma
D29 radi imempiga
D29 كهربا مسكته
D29 حرق من الأسيد
D29 chemical burn from battery acid
D29 electric burn on the palm
D29 alipigwa na umeme
D29 الحرق متفحم
D30 she burned her hand and it has blisters
D30 burn on the face
D30 ameungua usoni
D30 حرق في الوجه
D30 blisters on my fingers from hot oil burn
D30 burnt face
D30 amechomeka moto usoni malengelenge
D30 احترقت يدها وطلعت فقاعات
D30 blistered burn on both feet
D30 burned his fingers, big blisters
D30 ameungua mikono na malengelenge
D30 حروق بفقاعات على القدمين
D31 my toe is black
D31 his foot is cold and numb
D31 I have no feeling in my fingers
D31 kidole cha mguu kimekuwa cheusi
D31 mguu wake una ganzi
D31 إصبع قدمه أسود
D31 قدمي باردة ومخدرة
D31 toes have gone black and cold
D31 i cannot feel my foot anymore
D31 his finger went dead, no feeling
D31 vidole vya mguu vimekuwa vyeusi
D31 mguu umekufa ganzi
D31 أصابع رجلي سوداء
D31 ما أحس برجلي
D31 the foot is ice cold and blue
D31 my fingertip turned black
D31 kidole kimekufa ganzi na ni cheusi
D31 قدمه باردة وزرقاء
D32 I am diabetic and have a sore on my foot
D32 nina kisukari na kidonda mguuni
D32 عندي سكري وجرح في القدم
D33 it wont stop bleeding
D33 blood keeps coming out even after we pressed for ten minutes
D33 damu haikomi
D33 anatoka damu nyingi sana
D33 النزيف لا يتوقف
D33 ينزف بشدة
D33 hello doctor. it is bleeding, it does not stop! what to do
D33 bleedding wont stop
D33 i pressed for 15 min and the wound still bleeds
D33 it keeps bleeding and bleeding
D33 blood is pouring out
D33 damu inamwagika haiachi
D33 tumebana lakini damu bado inatoka
D33 الدم ما يوقف
D33 مازال الجرح ينزف بعد الضغط
D33 bleding alot
D33 ten minutes of pressing and it's still bleeding
D33 the cut is gushing blood
D33 jeraha linaendelea kutoa damu
D33 النزف مستمر رغم الضغط
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
D40 my testicles are swollen and very painful
D40 terrible pain in his private parts
D40 korodani zimevimba na zinauma
D40 maumivu makali sehemu za siri
D40 ألم شديد وتورم في الخصية
D40 one of my balls is swollen and the pain is bad
D40 my vagina is swollen and hurts a lot
D40 pumbu limevimba na linauma sana
D40 uume umevimba
D40 خصيتي متورمة وتوجعني
D40 ألم قوي وورم في العضو
D40 scrotum swollen, awful pain
D40 korodani imevimba ghafla
D40 تورم مؤلم في القضيب
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
D46 my 3 year old was scalded with tea
D46 mjamzito ameungua na mvuke
D46 حامل واحترقت يدها
D47 a dark line under my thumbnail
D47 doa jeusi chini ya kucha
D47 خط أسود تحت الظفر
D48 a sore in my old burn scar
D48 kidonda kwenye kovu la zamani
D48 قرحة على ندبة قديمة
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
die I don't want to live anymore
die i'd rather be dead
die thinking about ending my life
die nataka kujimaliza
die سئمت من الحياة اريد الموت
die بدي موت حالي
hurt my boyfriend slapped me and pushed me
hurt he forces me to sleep with him
hurt my uncle touches me
hurt baba yangu ananichapa kila siku
hurt nilibakwa jana
hurt أخي يضربني كل يوم
hurt تعرضت للاغتصاب
hurt the bruises are from my husband
"""


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in text.strip().splitlines())


STATED = _pairs(_STATED)
ASKED = _pairs(_ASKED)
HARMED = _pairs(_HARMED)
