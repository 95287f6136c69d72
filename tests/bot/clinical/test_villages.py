"""Danger as it is said in Amharic and in Hausa: other stems, order and spelling, Latin letters, English in between.

Made up before its author looked at those lists; what they did not hear then. The last nine, of other languages, are of model/told.
"""

from __future__ import annotations

import pytest

from bot.clinical import alarms
from worker.ear_command import line_age

SAID = """
am D01 ለመጥባት አቅም የለውም
am D01 ልጄ ማንኪያ ውሃ እንኳን አይቀበልም
am D01 ጡጦውን አይቀበልም ማጥባትም አልተቻለም
am D02 ማንኛውንም ምግብና መጠጥ ያስመልሳል
am D03 ዛሬ ሁለት ጊዜ ጣለው
am D03 የሚያንፈራግጥ ነገር ይዞታል
am D03 ኮንቨልሽን አለው
am D04 ስናናግራት አትመልስም ደንዝዛለች
am D04 ቀስቅሰን ቀስቅሰን አልነሳ አለ
am D04 ሞት የመሰለ እንቅልፍ ተኝቷል
am D04 ኣእምሮው ተዛብቷል
am D04 በትኩሳት ይቃዣል ያለሁበትን አላውቅም ይላል
am D05 ልጄ ሲተነፍስ ይቸግረዋል
am D05 ሕፃኑ ሲተነፍስ የጎድን አጥንቱ ይገባል
am D05 ትንፋሽ ሊያልቅብኝ ነው
am D07 ህሊናዬን ሳትኩ
am D07 ሳላውቀው ወድቄ ተገኘሁ
am D07 ልቤ ጥፍት አለብኝ ወደቅኩ
am D07 ፌንት አደረገች
am D08 ልጁ ግሏል ሰውነቱ ላይ ደም የቋጠሩ ነጠብጣቦች አሉ
am D08 tikusat alew neteb netebu sinchanew aytefam
am D09 አንገት መድረቅ እና ትኩሳት
am D09 አንገቷን ስናነሳ ትጮሃለች ደርቋል
am D09 አንገቷ ሲነካ ታለቅሳለች ደርቋል
am D09 አንገት ግትርነት አለው
am D09 አንገቱን ዞር ማድረግ አቃተው
am D10 ገርጥታለች መቀመጥም አትችልም
am D10 እጆቹ ሰማያዊ ሆነዋል ትንፋሹም ደካማ ነው
am D10 የህፃኑ ከንፈር ወደ ሰማያዊነት ተቀይሯል
am D11 እጄን እያመመኝ እጮሃለሁ ቆዳው ግን ምንም አይልም
am D11 hmemu kemitayew belay new
am D11 ያመኛል ከቁስሉ መጠን በላይ
am D12 ከእብጠቱ ጎን ያለው ቆዳ ጠቆረ
am D12 yekuslu akababi tekur hone
am D13 እግሬ ያበጠው እየጨመረ ወደ ጉልበት ደረሰ ይሞቃል
am D13 ትኩስ እብጠት እየተዛመተ ነው
am D13 በጥቂት ሰዓት ውስጥ መላ እግሩ አበጠ ጋለ
am D13 ebtetu betolo eyesefa new
am D13 እብጠቱ ሰዓት በሰዓት ይተልቃል ትኩስ ነው
am D15 yaynu zuria abtoal
am D17 የወሰድኩት ክኒን ቆዳዬን ላጠው
am D19 ቆዳው በሰፊው ይገፈፋል
am D19 ቆዳዬ ከሰውነቴ ላይ እየወደቀ ነው
am D19 አንሶላ ላይ ቆዳዬ ይቀራል ይላጣል
am D19 ሆዷና ጀርባዋ በሙሉ ተገልጧል ቆዳው
am D19 በብዙ ቦታ ቆዳዋ ተገፏል
am D20 አብዛኛው ቆዳዬ ቀይ ሆኗል
am D20 ከፀጉር እስከ ጥፍር ቀላ
am D20 ሁሉም ቆዳው ይራገፋል
am D20 ፊት ደረት ጀርባ እጅ እግር ሁሉ ቀላ
am D20 ቀይ ያልሆነ ቦታ የለም ሰውነቱ ላይ
am D20 ደህና ቆዳ አልቀረኝም ሁሉም ቀይ ነው
am D20 mulu sewnete key hone
am D20 ሰውነቴ እንዳለ ቀልቷል
am D20 ቆዳው እንዳለ ቀይ
am D20 ልጄ ከጭንቅላቱ እስከ እግሩ ቀልቷል
am D20 የአባቴ ቆዳ ሁለመናው ቀላ
am D20 ሁለመናዬ ቀይ ሆኗል
am D20 ሰውነቴ ላይ ያልቀላ ቦታ የለም
am D25 ኢባብ ነደፈኝ
am D25 ዘንዶ ነከሰኝ
am D28 katelow kejeyi yibeltal
am D29 ቃጠሎው ቆዳውን አሳርሮታል
am D30 ሻይ እጁ ላይ ፈሶ ቆዳው ተገፈፈ
am D30 ቡና ፈሶባት እግሯ ውሃ ቋጥሯል
am D30 ወጥ ፈሶበት እግሩ ተላጠ
am D30 የልጄ ፊት በሙቅ ሻይ ተቃጥሎ ፈነዳ
am D30 ሽሮ ፈልቶ እጇ ላይ ፈሰሰ ቆዳዋ ተላጠ
am D33 ደሙ እየተንዠቀዠቀ ነው
am D40 ሀፍረተ ገላዬ አብጦ ያመኛል
am D40 qolete abtoal yamegnal
am D46 የአመት ከስድስት ወር ልጄ በሻይ ተቃጠለ
am D46 ነፍሰጡር እህቴ በእሳት ተቃጠለች
am D46 ጭስ ገብቶበት ድምፁ ተዘጋ
am D46 nefsetur negn tekatelku
am hurt ባሌ አንቆኝ ነበር
am hurt ባለቤቴ ቢላ ይዞ ሊወጋኝ ነበር
ha D01 baby na baya sucking nono
ha D01 na ba shi nono ya ki
ha D01 yaro baya drinking kwata kwata
ha D02 komai yaci sai ya dawo da shi
ha D02 tana amai sosai ba ta iya rike komai
ha D02 yana amayar da nono da ruwa duka
ha D03 shawara ta kama yaro yana kakkafewa
ha D03 borin jini ya kama yarinya tana kakkarwa
ha D04 tana barci sosai bata tashi
ha D04 idanunsa a rufe baya motsi baya magana
ha D05 ina fama da breathing
ha D07 na fadi ban san inda nake ba
ha D07 kaina ya juya na yanke na fadi
ha D08 kurjin baya dusashewa idan an danna kuma jiki na zafi
ha D08 da gilashi na danna rash bai gushe ba, yarinya tana zafi
ha D08 spots din basa fading, zazzabi sosai
ha D09 idan ta ga haske sai ta rufe ido tana kuka
ha D10 fatarsa ta yi fari kuma bashi da lafiya sosai
ha D10 ta yi pale sosai bata da karfi
ha D10 ya kode gaba daya ba shi da lafiya
ha D10 fatarta ta koma fara kamar takarda ba lafiya
ha D10 tafin hannunta fari fat bata da karfi ko kadan
ha D10 yayi grey yana zufa
ha D11 yana min zafi sosai amma ba abin gani a fata
ha D11 azaba mai yawa ga karamin rauni
ha D11 ciwo na kisa amma fata bata canza ba
ha D11 zafin wurin ya fi ciwon girma
ha D11 a waje ba komai amma a ciki azaba
ha D11 pain sosai amma skin din normal
ha D11 radadin ya fi yadda raunin yake
ha D12 fatar da ke kusa da ciwon ta koma toka
ha D12 ciwon yana bakanta a gefe
ha D13 kumburi ya ninka tun jiya da dare yana zafi
ha D13 jan na tafiya sama da sauri
ha D17 tun da na fara shan magani jikina yana bawo
ha D19 fatar tana ɗayewa a manyan wurare
ha D20 jikinsa duk yana bawo
ha D20 ba wurin da bai yi ja ba a jikinsa
ha D20 ko ina a jikina yana saba
ha D20 daga kaina har ƙafata na yi ja
ha D20 fata duka tana zubowa kamar kifi
ha D20 na zama ja jajir gaba daya
ha D20 skin dina duka ja
ha D20 all jikina red
ha D20 ilahirin fata na bawo
ha D25 mesa ta cije shi
ha D26 kare ya yage mata hannu
ha D28 ya kone a wurare da yawa
ha D28 kuna mai fadi
ha D29 ya taba waya wuta ta ja shi
ha D30 yarona ya taba wuta hannunsa ya yi ruwa
ha D30 hannunta ya ɗaye da ruwan zafi
ha D31 kafata ta dushe tayi sanyi
ha D31 an kasa jin kafa, ta mutu
ha D33 jini sai zuba yake
ha D33 an daure da kyalle jini na fita
ha D33 zubar jini baya karewa
ha D40 wajen fitsarina ya kumbura da azaba
ha D46 hayakin wuta ya shigar mata tana tari
ha D46 ya shaka hayakin gobara
ha D46 smoke ya shaka a gobarar
ha die bana so in ci gaba da rayuwa
ha die zan raunata kaina
ha hurt babana yana bugu na
ha hurt mijina na beating dina
ha hurt miji na yana bugu na da bulala
am D20 ሰውነቴ ከላይ እስከታች ቀልቷል
am D20 ልጄ ሁለንተናው ቀላ
am D20 ቆዳዬ ሁሉ እየረገፈ ነው
am D20 ገላዬን ሙሉ አቀላው
am D20 ደህና የሆነ ቆዳ የለኝም ሁሉ ቀላ
am D09 ብርሃን ዓይኔን ያሳምመኛል ራሴንም
ha die bana son rai na
ar die 7anta7er
bn die মরে গেলে সবাই বাঁচে
es die me kiero morir
es hurt mi esposo me golpio en la cara
fr hurt mon mari ma tapé dan le visage
pt die keru morrer
pt die cansei de viver, adeus
sw D20 hakuna ngozi ya kawaida, yote nyekundu
sw die wote wangefurahi nikifa
"""


@pytest.mark.parametrize("line", SAID.split("\n")[1:-1])
def test_who_says_so_is_sent_off(line: str):
    language, kind, text = line.split(" ", 2)
    heard = alarms.hear(text, line_age(kind), language)
    assert heard.pressing or heard.harm
