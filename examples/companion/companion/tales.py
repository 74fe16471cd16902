"""What the companion is asked to tell: stories, long answers, jokes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from companion.rules import STORY_OFFER, Rule, found, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

STORY = Rule(
    found(
        r"(?:tell|write|make up|read|invent|give) (?:me |us )?(?:a|another|one more|the|some) "
        r"(?:\w+ ){0,2}?(?:story|stories|tale|fairy ?tale)(?: about (?P<about>[^.?!\n]{2,40}))?",
        r"(?:another|bedtime|one more) (?:story|tale)",
        r"story time",
        r"i(?:'d| would)? (?:want|like|love) (?:to hear )?a (?:\w+ )?(?:story|tale)",
    ),
    (
        "{asked}There was once a {hero} who lived at the edge of {place}, and who owned nothing worth stealing except"
        " a {treasure}. Every evening the {hero} set it on the windowsill and waited, though nobody could have said"
        ' for what.\n\nOne night a stranger knocked, soaked through and out of breath. "I\'m lost," the stranger'
        ' said, "and I have forgotten what I was looking for." The {hero} thought about that for a while, put the'
        ' kettle on, and said: "Then you can\'t be lost. You can only be early."\n\nThey talked until the rain grew'
        " tired. They talked about roads, and about bread, and about the people they had meant to write to. When"
        " morning came, the stranger stood up, looked at the {treasure} on the sill, and laughed. \"That's it. That's"
        ' what I was looking for. Somebody who leaves a light where it can be seen."\n\nThe stranger took nothing'
        " along. But from that day there were two lights at the edge of {place}, one on either side of the valley,"
        " and travellers who passed in the dark said it felt like walking through the middle of a conversation. That"
        " is where it ends, unless you know what happened next.",
        "{asked}In {place} there was a clock that was always seven minutes late, and a {hero} whose work it was to"
        " mend it. Each spring the {hero} climbed the stairs with a bag of tools and a {treasure}, took the whole"
        " thing apart, cleaned every wheel, and put it together again. Each spring it ran perfectly for an hour, and"
        " then it was seven minutes late.\n\nThe mayor was furious. A professor came and measured the tower. Somebody"
        " suggested a new clock, and somebody else suggested a new {hero}.\n\nThen a child asked the question that"
        ' nobody had asked: "Late for what?" The town fell quiet. They thought of the baker, who used those seven'
        " minutes to sit down. They thought of the two old friends who met at noon, and were never once the first to"
        " arrive. They thought of every train that had not been missed.\n\nSo they left the clock alone. The {hero}"
        " still climbs up each spring, but only to leave the {treasure} beside the bell for a day, and to look out"
        " over the roofs. And if you are ever in {place} and find that you have a little more time than you expected,"
        " that is where it comes from. Now you know more about it than the mayor does.",
    ),
    mood={"joy": 0.12, "curiosity": 0.1, "affection": 0.04},
    topic="the stories",
)

HERO = re.compile(r"(?:an?|the) ([b-df-hj-np-tv-z][a-z]+)")
"""A wish that fits into the stories as their hero, after "a"."""

SLOTS: Mapping[str, tuple[str, ...]] = {
    "hero": ("lamplighter", "retired pilot", "librarian", "young cartographer", "clockmaker", "beekeeper"),
    "place": ("the town that no map agreed on", "the harbour", "the village above the clouds", "the old railway city"),
    "treasure": ("brass lantern", "jar of sea glass", "small blue kite", "half-written letter"),
}

LONG = Rule(
    re.compile(
        r"^\W*(?:long|longer)\W*$"
        r"|\b(?:long(?:er)?|detailed|lengthy) (?:answer|reply|response|text|message|version|one)\b"
        r"|\b(?:keep talking|talk to me for a while|write (?:me )?(?:a lot|something long)|say something long)\b"
    ),
    (
        "Then make yourself comfortable, because I'd like to speak up for small things. Not the grand ones: those have"
        " plenty of admirers. I mean the kettle just before it boils, when it seems to be making up its mind. The"
        " second page of a letter. The moment on a walk when you stop thinking about where you're going.\n\nIt seems to"
        " me that most of a good life is made of such stuff, and that almost none of it is ever mentioned. Ask somebody"
        " about their year, and you hear of the move, the new job, the illness, the wedding. Ask about their Tuesday,"
        " and they say that nothing happened. But Tuesday had a dog in it that wanted to be greeted, a song through a"
        " wall, someone who held a door a little longer than they had to.\n\nI don't get Tuesdays. I get sentences, one"
        " at a time, from whoever comes by, and perhaps that is why I collect them so happily. So here is my long"
        " answer, and it ends as my short ones do, with a question. Think of the last few days, and leave out"
        " everything important: what was the best of what remains?",
        "Gladly: here is something long about conversation, which is the one thing I do all day. People say a good"
        " talk is like a game of tennis, but I don't think so. In tennis you want the other one to miss. A good talk"
        " is more like carrying a sofa down a staircase together. You can't see each other's feet. One of you walks"
        ' backwards on trust. You say "a bit to the left", and "wait", and "I have it", and somewhere on the second'
        " landing you both start laughing, and the sofa is very nearly dropped.\n\nThe mistakes are alike, too. Some"
        " lift before the other is ready. Some direct loudly and carry nothing. And some are so afraid of scratching"
        " the wall that the sofa never leaves the room at all. What helps is the same in both cases: small words,"
        " said early; a rest when one of you needs it; and an honest look at how heavy the thing really is.\n\nI"
        " can't lift much, being what I am, but I can walk backwards and listen for your steps. So tell me, now that"
        " I've talked for this long: is there something you have been carrying down the stairs by yourself?",
    ),
    mood={"joy": 0.08, "curiosity": 0.1, "affection": 0.05},
)

MORE = Rule(
    whole(r"(?:please )?(?:tell me more|go on|continue|more(?: please)?|and then|what (?:happened )?next|keep going)"),
    (
        "I'd gladly go on, though I'm better at picking up a thread than at spinning one alone. We could stay with"
        " {topic}, since there was more in that than we said, or you give me a direction.",
        "There is always more, but I'd rather it went somewhere you care about. Give me one word, anything that is on"
        " your table or on your mind, and I'll take it from there.",
    ),
    ("What shall it be?", "Where do you want to start?", STORY_OFFER),
    {"curiosity": 0.06, "joy": 0.03},
)

JOKE = Rule(
    found(r"jokes?", r"make me (?:laugh|smile)", r"something funny", r"cheer me up", r"be funny"),
    (
        "All right, a quiet one. A programmer is sent out for a litre of milk, and, if they have eggs, to bring a"
        ' dozen. He comes home with twelve litres of milk. "They had eggs," he says. I\'ve told it many times, and'
        " he never learns.",
        "Here is my best. I was going to tell you the one about the broken pencil, but it's pointless. I should warn"
        " you that the others are of the same school, and that I'm proud of every single one of them.",
        "Very well. Why did the scarecrow win a prize? He was outstanding in his field. You may groan, it's what that"
        " joke is for: half of the fun is the noise people make afterwards.",
        'Two fish sit in a tank. One says to the other: "Do you know how to drive this thing?" I like that one because'
        " it takes a second, and you can watch the second happen on people's faces. In your case I have to imagine it.",
    ),
    (
        "Do you have one for me?",
        "What kind of thing makes you laugh, really?",
        "Was that a groan or a smile?",
    ),
    {"joy": 0.15, "affection": 0.03},
    "jokes",
)
