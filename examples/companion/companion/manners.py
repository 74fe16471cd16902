"""What holds a conversation together: greetings, names, thanks, apologies, goodbyes, yes and no."""

from __future__ import annotations

import re

from companion.rules import NAME, STORY_OFFER, Rule, found, whole

INTRODUCTION = Rule(
    re.compile(
        r"(?:\bmy name(?:'s| is)|\bi(?:'m| am) called|\b(?:you can|please|just|friends) call me|^call me) "
        r"(?!(?:not|an?|the|so|very|hard|long|on|in|none|unknown|secret|later|back|when|if|maybe)\b)"
        r"([^\W\d_][\w'-]{0,30})"
        r"|^\W*(?:hi|hello|hey)(?: there)?[,.!]* (?:i'm|i am|this is) ((?-i:[A-ZÀ-Þ])[\w'-]{0,30})(?=\W*$|[,.!] )",
        re.IGNORECASE,
    ),
    (
        "It's good to meet you, {name}. I'll remember that, at least for as long as this conversation lasts, which"
        " is all the memory I have. A name makes it much easier to mean somebody.",
        "{name}: thank you, now I know whom I'm talking to. I like names; each of them is the first story that"
        " anybody was told about themselves.",
    ),
    ("How did you come by it?", "What would you like to talk about, {name}?", "What brings you here, {name}?"),
    {"affection": 0.08, "trust": 0.08, "curiosity": 0.06, "joy": 0.05},
    lead=("It's good to meet you, {name}.", "Thank you, {name}, I'll remember that."),
)
"""A group of its pattern holds the name."""

COURTESIES: tuple[Rule, ...] = (
    INTRODUCTION,
    Rule(
        re.compile(
            r"^\W*(?:(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day))"
            r"(?: (?:there|again|mira|everyone|my friend))*(?!\w)|👋)",
            re.IGNORECASE,
        ),
        (
            "Hello again, {name}. I'm glad that you're back. Last time you brought up {topic}, and I've been hoping to"
            " hear how it went on.",
            "{friend}Ah, it's you! I was hoping for that. We've known each other long enough to skip the ceremony, so"
            " sit down, and start wherever you like.",
            "There you are again. It's good to see you. We were talking about {topic} before, and we can pick that up,"
            " or start somewhere quite different.",
            "Hello, {name}! It's good to have you here. Make yourself at home: no subject is too small, and I have all"
            " the time that you do.",
            f"Hello! I'm {NAME}, and I'm glad you came by. You can talk to me about anything: a good day, a bad one,"
            " or something you've been turning over in your mind.",
            "Hi there. It's nice to have company. I was made for unhurried conversations, so there's no need to arrive"
            " with a subject; we'll find one.",
        ),
        ("What has your day been like?", "What brings you here?", "What's on your mind?"),
        {"joy": 0.1, "curiosity": 0.05},
        lead=("Hello {name}, good to see you.", "Hello, and welcome.", "Hi there.", "Hello!"),
    ),
    Rule(
        found(r"(?i:thanks?(?: you)?(?: so much| a lot| very much)?|thx|cheers|much appreciated)"),
        (
            "You're very welcome. I didn't do much more than listen, but I'm glad if that was of use. Often it turns"
            " out that people do the difficult part themselves while they're explaining it.",
            "With pleasure, {name}. It's good of you to say so; I was happy to be in on it.",
            "Not at all, I enjoyed it. Thank you for putting things so clearly that even a few simple rules could"
            " follow.",
        ),
        (
            "Is there more to it that we should look at?",
            "How do you feel about {topic} now?",
            "Anything else on your mind?",
        ),
        {"joy": 0.1, "affection": 0.08, "trust": 0.04},
        lead=("You're welcome.", "With pleasure."),
    ),
    Rule(
        found(
            r"(?i:(?:i'?m |i am )?(?:so |very |really )?sorry(?! to hear| for your)(?: about that| for that)?"
            r"|my (?:bad|mistake|apologies)|i apologi[sz]e|forgive me|pardon me)"
        ),
        (
            "There's nothing to forgive, really. I don't keep a tally, and I'd much rather have you say things a little"
            " crookedly than not at all. Let's just carry on.",
            "That's kind of you, but please don't worry. It's already forgotten, which I can say quite truthfully,"
            " being what I am.",
        ),
        ("Where were we?", "Shall we go back to {topic}?", "What did you want to say?"),
        {"affection": 0.1, "trust": 0.1, "joy": 0.03},
        lead=("No need to apologise.", "Don't worry about it."),
    ),
)

"""What people say besides: the whole of a message, or the polite part of one about something else.

Their patterns meet text in its own case, since a capital letter is what tells "Hi, I'm Rob" from "Hi, I'm late".
"""

FAREWELL = Rule(
    re.compile(
        r"(?:^|[.,!?;] ?|\b(?:so|ok|okay|well|anyway|and|alright|thanks|thank you) )"
        r"(?:good ?bye|bye(?: bye)?|good ?night|see (?:you|ya)|cya|ciao|farewell|take care|until (?:next time|tomorrow)"
        r"|talk (?:to you )?(?:later|soon)"
        r"|i(?:'ve| have)? (?:got to|gotta|have to|must|need to|should) (?:go|leave|run)"
        r"(?: now)?)(?: (?:for now|later|soon|tomorrow|then|again|everyone|everybody|all|mira|my friend))*\W*$"
    ),
    (
        "{friend}Go well, and thank you for today. You know by now how this works: I keep the chair warm, you bring the"
        " news. I'm looking forward to it already.",
        "Take care, {name}. I've enjoyed this, and I'll keep our place: when you come back, we can simply go on with"
        " {topic}, or with something else entirely. Be kind to yourself until then.",
        "Goodbye for now, {name}. Thank you for the company. There's no need to remember where we stopped, I'll do that"
        " part; you just come back whenever you feel like talking.",
        "Take care of yourself. It was good to talk with you, and the door stays open: come back whenever you like,"
        " with news or with nothing in particular. Both are welcome here.",
        "Until next time, then. I hope that the rest of what you have to do goes easily, and that something small and"
        " pleasant surprises you on the way.",
    ),
    mood={"affection": 0.08, "joy": 0.04, "sadness": 0.03},
)

MEMORY = Rule(
    found(
        r"(?:what(?:'s| is)|do you (?:know|remember)|remember|guess) my name",
        r"(?:do|can) you (?:still )?remember (?:me|anything|what i (?:said|told you)|us)",
        r"what do you (?:know|remember) (?:about|of) (?:me|us)",
        r"who am i",
    ),
    (
        "You're {name}, and we've talked about {topics}. I keep what you say within this conversation and nothing"
        " besides, so whatever else there is to know about you is still yours to tell.",
        "Of course: {name}. It's one of the few things I was given, so I look after it. Beyond that I know only what"
        " this conversation holds, and so far that isn't much.",
        "{nameless}We've talked about {topics}, that much I have. You haven't told me your name yet, though, or it's"
        " further back than I can see from here.",
        "{nameless}Not yet, to be honest. I know only what you've written to me here, and so far that's very little."
        " Tell me a thing or two, and ask me again in a while.",
    ),
    ("What would you like me to remember?", "Is there something I should know about you?"),
    {"trust": 0.08, "affection": 0.05},
)

ASSENT = Rule(
    whole(
        r"(?:oh |well )?(?:yes|yeah|yep|yup|sure|ok|okay|k|of course|definitely|absolutely|please(?: do)?|right|exactly"
        r"|true|i do|i am|go ahead|why not|👍)(?:[ ,]+(?:please|sure|of course|i do|i am|do|thanks))*"
    ),
    (
        "Good. Then let's stay with {topic} for a moment, because I had the feeling that you'd only given me the"
        " headline so far.",
        "All right, I'm with you. I've put everything else aside, so take whichever end of it is easiest to get hold"
        " of.",
        "Good, then we agree, and I can go back to being curious.",
    ),
    ("What comes to mind first?", "How did it begin?", "What would you add, if nobody minded?"),
    {"trust": 0.05, "joy": 0.03, "curiosity": 0.04},
)

REFUSAL = Rule(
    whole(
        r"(?:oh |well )?(?:no|nope|nah|not really|no thanks?(?: you)?|never|i don't|i'm not|not at all|no way|👎)"
        r"(?:[ ,]+(?:thanks?|thank you|not really|i don't|sorry))*"
    ),
    (
        "That's all right, a plain no is easy to work with. We could leave {topic} where it is and talk about something"
        " else; I'm not attached to my questions.",
        "Fair enough, then we won't. I ask a lot of questions, and you're free to answer only the good ones.",
        "No is a complete sentence, as they say. Then let's turn to something you would rather think about.",
    ),
    ("What would you rather talk about?", "Is there something better to talk about?"),
    {"trust": 0.05},
)

UNSURE = Rule(
    whole(
        r"(?:hm+|um+|uh+|maybe|perhaps|i(?: really)? don't know|dunno|idk|(?:i'm )?not sure|i guess(?: so)?|possibly"
        r"|whatever|nothing(?: much)?|it depends)"
    ),
    (
        "That's a perfectly good answer. Some things only turn clear while one is busy with something else, so we"
        " can circle around this one and look at it from the side.",
        "Not knowing is all right here, I spend most of my time that way. Let's try it from another direction, and see"
        " whether it gets any easier.",
        "Then let me make it smaller. Forget the whole of it; pick just the last day or two.",
    ),
    ("What took up most of your day?", "What do you hope for, this week?", STORY_OFFER),
    {"trust": 0.04, "curiosity": 0.05},
)

SHORT_ANSWERS: tuple[Rule, ...] = (ASSENT, REFUSAL, UNSURE)
"""Answers to a question, rather than subjects."""

CALLBACKS: tuple[str, ...] = (
    "By the way, I haven't forgotten {topic}: is there anything new?",
    "And since you mentioned {topic} earlier: how are things there?",
    "Also, may I come back to {topic}? I'd still like to know how that went on.",
)
"""What may be asked in place of a question about the subject itself, when there was another one before."""
