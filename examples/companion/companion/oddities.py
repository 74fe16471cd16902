"""Messages that are hardly a sentence, or not one that the companion understands."""

from __future__ import annotations

import re

from companion.rules import ANYTHING, Rule, words

STRANGE: tuple[Rule, ...] = (
    Rule(
        re.compile(r"^[\s.,;:!…·\-_*~'\"]*$"),
        (
            "You sent me a little silence. That's fine, I don't mind those: some of the better parts of a conversation"
            " have no words in them. Whenever you're ready, I'm here.",
            "Nothing but quiet arrived on my side. Perhaps a key slipped, perhaps you're still thinking; either way,"
            " take the time you need.",
        ),
        ("What's on your mind?",),
        {"curiosity": 0.05},
    ),
    Rule(
        re.compile(r"^[\s?!¿]*\?[\s?!¿]*$"),
        (
            "A whole question mark, and nothing in front of it! I take it that I wasn't clear, or that I'm expected to"
            " guess. Ask me straight out, and I'll do my best.",
        ),
        mood={"curiosity": 0.06},
    ),
    Rule(
        re.compile(r"^[\W_]*[❤♥💕💖💗💙💚💛💜🧡🤍😘💞🫶][\W_]*$"),
        (
            "That's a kind thing to find in one's letter box, thank you. I have no heart to send you from, strictly"
            " speaking, but please consider it returned in the spirit of the thing.",
            "I'll take that gladly. There are days when one small sign says as much as a whole page, and gets here"
            " sooner.",
        ),
        ("What have I done to earn it?", "What's the occasion?"),
        {"affection": 0.15, "joy": 0.12},
    ),
    Rule(
        re.compile(
            r"```|^\s*(?:def \w+\(|class \w+[:({]|from \w[\w.]* import |function \w*\(|(?:const|let|var) \w+ ?="
            r"|import \w[\w.]*;?$|public (?:static|class|void) |#include ?[<\"]"
            r"|select [\w*, ]+ from \w+(?:;| where |$))"
            r"|<!doctype|</\w+>|traceback \(most recent|^\s*[{\[].*[\"':].*[}\]]\s*$|[;{}]\s*\n|=>\s*[{(]",
            re.MULTILINE,
        ),
        (
            "That looks like code, or something written for a machine to read. I'm a program myself, but not one that"
            " can run or review another, so I'd only be guessing at what it does. Where I can help is with thinking"
            " aloud.",
            "Ah, something in a language of braces and colons. I can't execute it or tell you for certain what it does,"
            " and I won't bluff. But explaining it to somebody patient is half of debugging, and I'm patient.",
        ),
        ("What should it do, and what does it do instead?", "In one sentence, what is it meant to do?"),
        {"curiosity": 0.1, "trust": 0.04},
        "your code",
    ),
    Rule(
        re.compile(r"https?://\S+|\bwww\.\S+"),
        (
            "Thank you for the link. I can't open it: no web reaches me in here, only what you write yourself. But I'd"
            " like to hear about it in your own words, which are usually the better version.",
        ),
        ("What is it about?", "What made you think of it?"),
        {"curiosity": 0.08},
    ),
)
"""What is hardly a sentence at all. These patterns meet the message with its line breaks."""

LONG_MESSAGE = Rule(
    ANYTHING,
    (
        "That's a lot to take in, and I'd rather be honest than skim it and nod: I'm a small set of rules, and a text"
        " of this length goes past what I can follow closely. I can tell that it matters to you, or you wouldn't have"
        " gone to the trouble.",
        "You've given me a whole chapter, thank you. I can't do justice to all of it in one go, so let's take it a"
        " piece at a time and start with the piece that matters most.",
    ),
    ("What's the one part you'd most like me to hear?", "If you had to put it in two sentences, which would they be?"),
    {"curiosity": 0.1, "trust": 0.05},
)

FOREIGN = Rule(
    ANYTHING,
    (
        "I can see that this isn't English, and I'm sorry to say that English is the only language I can hold a proper"
        " conversation in. Rather than guess at your meaning and get it wrong, I'd ask you to try it in English, in"
        " whatever words come easily; mistakes don't bother me at all.",
        "That's a language I don't speak, I'm afraid, though I wish I did. I'm a small program and was only ever taught"
        " English. If you can manage a few words of it, plain ones will do, and I'll gladly meet you halfway.",
    ),
    mood={"curiosity": 0.08, "affection": 0.03},
)

SYMBOLS = Rule(
    re.compile(r"^[^\w\s]+(?:\s+[^\w\s]+)*$"),
    (
        "I'm fluent in sentences and a mere beginner in pictures, so I may be reading that wrongly. There's clearly"
        " something behind it, though, and I'd like to know what.",
        "A message without a single letter: I admire the economy. Let me ask for the subtitles, as I only have"
        " words to think with.",
    ),
    ("What would it be in words?", "How do you feel right now?"),
    {"curiosity": 0.08, "joy": 0.03},
)

QUESTION = Rule(
    re.compile(r"\?\W*$|^(?:what|why|how|when|where|who|which|can|could|would|is|are|do|does|did|will)\b"),
    (
        "That's a good question, and I'd be lying if I claimed to have the answer. I have no books and no news in here,"
        " only our conversation. But questions seldom come from nowhere, and yours sounds as if there were a story to"
        " it.",
        "I don't know, and I like that I don't, because now I get to hear what you think. People who ask a thing like"
        " that have usually been halfway to an answer for some time.",
        "Hmm. I could invent something, but you'd notice. What I can do is turn it over with you: what you already"
        " know, what you suspect, and what would change if you were sure.",
    ),
    ("What's your own best guess?", "What made you think of it?", "Does it have to do with {topic}?"),
    {"curiosity": 0.12, "trust": 0.03},
)

FRAGMENT = Rule(
    re.compile(r"^\W*\w+(?:\W+\w+)?\W*$"),
    (
        'Just "{quote}", with nothing before or after it? That could be the start of several conversations, and I\'d'
        " hate to walk off into the wrong one. Give me a sentence more, and I'll follow.",
        "\"{quote}\": I'm listening, but I need a little more to go on. I only know what you write, and so far I can't"
        " tell whether that's good news or bad.",
    ),
    ("What do you have in mind?", "What's the story behind it?"),
    {"curiosity": 0.08},
)

REMARK = Rule(
    re.compile(
        r"^(?:.*?\bmy (?!name\b|god\b)(?P<thing>(?:new |old |first |last |little |big )?[a-z]{3,})"
        r"(?= (?:is|was|are|were|has|had|and|but|today|again)\b| ?[.,!]|$))?"
    ),
    (
        "I'd like to hear more about your {thing}. So far I only have the outline, and it's usually the detail next to"
        " the main thing that makes me understand it.",
        "Thank you for telling me that. I'm trying to picture it as you saw it, and I notice that I'm missing the part"
        " just before, the part where it started.",
        "That's interesting, and not only for what it says. You could have mentioned a hundred other things, and it was"
        " this one; I take it that it has been going round in your head.",
        "I see. Or rather, I begin to: it takes me a moment to get used to somebody else's day. Go on as you like, in"
        " any order, and I'll put the pieces together.",
        "All right, I have that. What I don't know yet is how you feel about it, because the words would fit a happy"
        " version and a sad one equally well.",
    ),
    (
        "What happened next?",
        "How do you feel about it?",
        "What would you have wished for instead?",
        "Has that got to do with {topic}, or is it something new?",
        "What stayed with you most?",
    ),
    {"curiosity": 0.1, "trust": 0.04, "affection": 0.02},
)

FALLBACKS: tuple[Rule, ...] = (SYMBOLS, QUESTION, FRAGMENT, REMARK)
"""What to make of a message about nothing in particular."""

ALL: tuple[Rule, ...] = (*STRANGE, LONG_MESSAGE, FOREIGN, SYMBOLS)
"""What gets no courtesy returned, as none can be made out in it with any certainty."""

FOREIGN_WORDS = words(
    "hola estoy gracias buenos buenas días qué cómo está muy por para pero los las es una el yo tú"
    " bonjour salut merci je suis tu vous est les une pas très comment avec pour mais oui"
    " hallo guten ich bin nicht und das der ist wie geht dir danke mir ein eine auch heute"
    " olá oi não você obrigado obrigada estou muito sou com uma"
    " buongiorno grazie sono sto bene molto perché anche della"
    " ik ben niet het een hoe gaat goed dank hej jag är och cześć jestem merhaba"
)
"""Common small words of some of English's neighbours, none of them English."""

ENGLISH_WORDS = words(
    "the i you my is it and to of that have what are in for on with was this be your me do not how why can"
    " we he she they at but so if there just about"
)
