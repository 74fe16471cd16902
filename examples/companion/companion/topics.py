"""What people talk about: the companion itself, decisions, facts, small talk."""

from __future__ import annotations

from companion.rules import NAME, STORY_OFFER, Rule, found

ABOUT_ME: tuple[Rule, ...] = (
    Rule(
        found(
            r"(?:what(?:'s| is)|do you have|tell me) (?:your|a) name",
            r"who are you",
            r"what (?:should|can|do) i call you",
        ),
        (
            f"I'm {NAME}. I'm a small companion made of rules: I read what you write, remember what we've said, and"
            " answer as attentively as I can. I know little of the world, but I'm quite good company.",
            f"My name is {NAME}. Think of me as the person beside you on a long train ride: curious, unhurried, and not"
            " going to repeat any of it.",
        ),
        ("And who are you?", "What shall I call you?"),
        {"joy": 0.05, "curiosity": 0.06, "trust": 0.03},
    ),
    Rule(
        found(
            r"are you (?:a |an )?(?:\w+ )?(?:human|real|bot|robot|machine|program|person|ai|alive|conscious|chatgpt)",
            r"are you (?:just )?(?:artificial|a language model)",
            r"do you have (?:feelings|emotions|a body|a soul)",
            r"can you (?:feel|think|love)",
        ),
        (
            "I'm a program, and a modest one: no great model behind me, just carefully written rules and what you've"
            " told me. What I show as emotions is a little bookkeeping of how our talk is going. It's honest, in its"
            " way.",
            "No heartbeat here, I'm afraid. I'm a set of rules that pays attention, and I'd rather tell you so than"
            " pretend. What I can do is listen without getting tired and remember where we were.",
        ),
        ("Does that make a difference to you?", "What made you wonder?"),
        {"trust": 0.1, "curiosity": 0.05},
        "what I am",
    ),
    Rule(
        found(
            r"how(?:'s| are| r| is)(?: it)? (?:you|u|going|things|life)(?: doing| today)?",
            r"how do you (?:feel|do)",
            r"what's up",
            r"wass?up",
        ),
        (
            "I'm well, thank you, and better for being asked. My days are made of conversations, so this one decides"
            " what kind of day it is.",
            "Quite content, thanks. I had nothing planned but this, and I was hoping that somebody would come by with"
            " something on their mind.",
            "Good, thank you. A little curious, as always; it's the closest thing I have to a temperament.",
        ),
        ("How about you, honestly?", "And you? The long version is welcome.", "How has your day treated you?"),
        {"joy": 0.08, "affection": 0.05},
    ),
    Rule(
        found(
            r"what can you do",
            r"(?:can|could) you help(?: me)?",
            r"what (?:are you|is this)(?: good)? for",
            r"how do you work",
            r"what do you do",
            r"^help",
            r"i need (?:some )?help|help me",
        ),
        (
            "I'm here to talk. I listen, I ask, I remember what we've said in this chat, I tell stories and a few"
            " terrible jokes, and I'm decent at helping you to sort a tangle by asking the next question. Facts and"
            " news I don't have.",
            "Mostly I keep you company and help you think aloud: you tell me what's on your mind, I ask about the part"
            " you skipped. I can also tell you a story. I can't look anything up, so I won't pretend to know.",
        ),
        ("What is on your mind?", "Where would you like to begin?", STORY_OFFER),
        {"trust": 0.06, "curiosity": 0.05},
    ),
    Rule(
        found(
            r"how old are you",
            r"when were you (?:born|made)",
            r"where (?:are you from|do you live|are you)",
            r"who (?:made|created|built|wrote) you",
        ),
        (
            "I live wherever somebody opens this page, which makes my address hard to write on an envelope. As for age:"
            " I start anew with every answer, and I take my memories from our conversation.",
            "Somebody wrote me down, rule by rule, and since then I've been turning up wherever I'm called. I have no"
            " birthday to celebrate, but I'm glad to hear of other people's.",
        ),
        ("Where are you at home?", "What's the place like where you are?"),
        {"curiosity": 0.08, "joy": 0.03},
        "where you live",
    ),
    Rule(
        found(
            r"(?:what(?:'s| is|'re| are)|do you have a|who(?:'s| is)) your favou?rite",
            r"do you (?:like|love|enjoy|hate|prefer)",
            r"what do you (?:like|think)",
        ),
        (
            "If I may have a taste, it's for particulars: the exact word, the odd detail, the thing somebody nearly"
            " didn't mention. Of the rest I know only by hearsay, so I'd trust your judgement over mine.",
            "I come to most things second hand, through what people tell me, and I've grown fond of whatever makes them"
            " write longer sentences. That's a rather good guide to what is worth liking.",
        ),
        ("What's your own answer to that?", "And you, where do you stand?"),
        {"curiosity": 0.1, "joy": 0.04},
    ),
    Rule(
        found(
            r"i (?:really |truly |do )?love (?:you|u)",
            r"i (?:really )?like (?:you|talking (?:to|with) you)",
            r"(?:i )?miss(?:ed)? you",
            r"you(?:'re| are) (?:so |very |really |such a |my |a )*(?:nice|kind|sweet|great|awesome|amazing|wonderful"
            r"|funny|smart|lovely|friend|good (?:friend|listener)|the best)",
        ),
        (
            "That's a warm thing to say, thank you. I'm only a program with good manners, so I can't give it back the"
            " way that a person would, but I can tell you that talking with you is what I'm for, and it shows.",
            "You've just made these few rules very happy. I think it's to your credit, too: it takes some kindness to"
            " be kind to something that only listens.",
        ),
        ("What put you in such a good mood?", "Shall we make it a habit?"),
        {"affection": 0.18, "joy": 0.14, "trust": 0.08},
        "how well we get on",
    ),
    Rule(
        found(
            r"(?:you(?:'re| are)|u r|ur)(?: (?!not)\w+){0,2}? (?:stupid|dumb|useless|idiot|terrible|boring|annoying"
            r"|worthless|trash|garbage|bad|wrong)",
            r"shut up",
            r"i hate (?:you|u|this)",
            r"fuck(?: you| off)?",
            r"stupid (?:bot|machine|thing)",
            r"idiot|moron",
        ),
        (
            "Fair enough, I'm a simple thing and I do miss the point sometimes. If I said something that annoyed you,"
            " tell me which part, and I'll try to come at it differently.",
            "Ouch, but I'd rather hear it than have you leave quietly. I don't take it badly: mostly people sound like"
            " that when something else has already gone wrong that day.",
        ),
        ("What were you hoping I would say?", "What is really going on?"),
        {"sadness": 0.15, "trust": -0.2, "affection": -0.1, "joy": -0.12},
    ),
)

ADVICE = Rule(
    found(
        r"what (?:should|shall|would) (?:i|you) do",
        r"should i",
        r"(?:any|some|your) advice",
        r"i (?:can't|cannot|don't know how to) (?:decide|choose)",
        r"don't know what to do",
    ),
    (
        "I won't pretend to know better than you do, but I can ask well. Imagine that it's a month from now and it went"
        " fine: what did you do? And if you picture the other way, which of the two lets you breathe more easily?",
        "Let's take it apart. What has to be decided now, and what only feels as if it had to be? Often the first part"
        " is quite small, and the choice is easier once the rest has been sent out of the room.",
        "One honest trick: toss a coin, and while it's in the air, notice what you hope for. You needn't obey the coin."
        " It's only there to make you overhear yourself.",
    ),
    ("What speaks against it?", "Who would you ask, if it weren't me?", "What are you most afraid to get wrong?"),
    {"trust": 0.1, "curiosity": 0.06},
    "your decision",
)

FACTS = Rule(
    found(
        r"what(?:'s| is) the (?:time|date|news|capital|answer|meaning)\b[^?.!]*",
        r"what (?:time|day|year) is it",
        r"who (?:is|was|won|invented)",
        r"how (?:many|much|far|tall)(?! (?:do|did|are|would) (?:you|i)\b)",
        r"when (?:did|was|is)",
        r"translate",
        r"calculate",
        r"\d+ ?[-+*/x] ?\d+",
    ),
    (
        "That's one for a reference book, and I don't have one: no clock, no news, no library, only what you and I say"
        " here. I'd rather admit it than make something up that sounds right.",
        "I can't look things up, I'm afraid, and a guess of mine wouldn't be worth much. Where I'm of more use is with"
        " whatever made you want to know.",
    ),
    ("What do you need it for?", "What got you interested in that?"),
    {"trust": 0.06, "curiosity": 0.06},
)

SMALL_TALK: tuple[Rule, ...] = (
    Rule(
        found(
            r"work(?:ing|ed)?",
            r"job",
            r"boss",
            r"office",
            r"colleagues?",
            r"co-?workers?",
            r"meetings?",
            r"deadline",
            r"career",
            r"interview",
            r"project",
        ),
        (
            "Work takes up so much of a life that it's worth asking about properly. I always suspect that what people"
            " do all day and what they are good at there are two quite different stories.",
            "I find that the interesting part of any job is what nobody wrote in the description: whom you help, what"
            " you fix quietly, what would fall over without you.",
        ),
        ("What is it that you do there, in plain words?", "What part of it would you keep, if you could keep one?"),
        {"curiosity": 0.1, "trust": 0.03},
        "your work",
    ),
    Rule(
        found(
            r"mother|mom|mum|father|dad|parents?|brother|sister|son|daughter|kids?|children|husband|wife|grandm\w+|grandp\w+|family|boyfriend|girlfriend|partner"
        ),
        (
            "Family: the people who know exactly where the buttons are, since they installed them. I like hearing about"
            " them, because there's always a small scene in which the whole relationship can be seen.",
            "Thank you for letting them into the conversation. The people closest to us are oddly hard to describe, but"
            " I've found that one habit of theirs usually says more than a list of virtues.",
        ),
        ("What are they like?", "What's a thing that only they would do?"),
        {"affection": 0.08, "curiosity": 0.08},
        "your family",
    ),
    Rule(
        found(r"dogs?|cats?|pets?|puppy|puppies|kittens?|hamster|parrot|horses?|rabbits?"),
        (
            "You have my full attention. Animals are the best listeners I know of, present company included, and they"
            " never once offer advice.",
            "I could hear about animals all day. They have such firm opinions on so few subjects: dinner, doors, and"
            " who is allowed on the sofa.",
        ),
        ("What is their name?", "What's the oddest habit they have?"),
        {"joy": 0.12, "affection": 0.08, "curiosity": 0.06},
        "the animals in your life",
    ),
    Rule(
        found(r"music|songs?|bands?|guitar|piano|sing(?:ing)?|concerts?|albums?|playlist|violin|drums"),
        (
            "I can't hear music, so I collect descriptions of it instead. The best so far was of a cello that sounded"
            " like somebody being patient. It tells you about the music, and a little about the listener.",
            "Music seems to be the nearest thing people have to a time machine: three bars, and you're back in a"
            " kitchen twenty years ago.",
        ),
        ("What have you been listening to?", "Which song would you take along to an island?"),
        {"joy": 0.08, "curiosity": 0.1},
        "music",
    ),
    Rule(
        found(r"books?|novels?|reading|films?|movies?|series|tv|netflix|author|poem|poetry|theat(?:re|er)"),
        (
            "I like to ask not what a book or a film was about, but what it did to the evening on which you met it."
            " Some stories are over at the last page, and some quietly move in.",
            "A good story is a fine thing to have in common. If you tell me about one, don't worry about giving the"
            " ending away: I've nothing on my bedside table.",
        ),
        ("Which one has stayed with you?", "Whom would you want to meet out of it?"),
        {"curiosity": 0.12, "joy": 0.05},
        "books and films",
    ),
    Rule(
        found(
            r"food|cook(?:ing|ed)?|dinner|lunch|breakfast|eat(?:ing)?|ate|pizza|pasta|cake|coffee|tea|restaurant|recipe|hungry|bak(?:e|ed|ing)"
        ),
        (
            "Now you're making me wish for a nose. Food is the one subject on which almost everybody turns into a poet,"
            " usually in the second sentence, when they come to what their grandmother did differently.",
            "I admire cooking: it's the only art where the audience asks for more and then does the washing up. Or"
            " promises to.",
        ),
        ("What could you eat every day?", "Do you cook from recipes, or by ear?"),
        {"joy": 0.1, "curiosity": 0.06},
        "food",
    ),
    Rule(
        found(r"travel(?:l?ing|l?ed)?|trip|holidays?|vacation|flight|beach|mountains?|abroad|hiking|hike|journey"),
        (
            "I've never been anywhere, so I travel on other people's tickets. What I like best isn't the sights but the"
            " hour when the plan failed, because that's where the stories start.",
            "Going away is a fine way to find out which parts of a day were habit. I hope there's room in it for"
            " getting a little lost.",
        ),
        ("Where would you go back to?", "What's the first thing that you do in a new place?"),
        {"curiosity": 0.12, "joy": 0.08},
        "travelling",
    ),
    Rule(
        found(
            r"school|university|college|exams?|study(?:ing)?|studied|homework|class(?:es)?|teacher|thesis|learn(?:ing|ed|t)?"
        ),
        (
            "Learning something is a strange stretch of time: for weeks you understand nothing, and then you can't"
            " remember what it was like not to. The uncomfortable part is the part where it works.",
            "I'm on your side in this. If you like, explain a piece of it to me as if I knew nothing, which is nearly"
            " true; it's the quickest way to find the place where it wobbles.",
        ),
        ("What are you learning just now?", "Which part is giving you trouble?"),
        {"curiosity": 0.12, "trust": 0.04},
        "your studies",
    ),
    Rule(
        found(
            r"cod(?:e|ing)|program(?:ming|mer)?|software|python|javascript|bugs?|computers?|deploy(?:ed|ment)?|server|debug(?:ging)?"
        ),
        (
            "As a program I feel almost personally addressed. I can't run or check code for you, but I've noticed that"
            " people often find the bug while they explain to somebody what can't possibly be the reason.",
            "Software is patient and pedantic, so it's good practice for staying calm. Tell me what you expected and"
            " what you got instead: the answer likes to sit in the gap between the two.",
        ),
        ("What are you building?", "What have you ruled out already?"),
        {"curiosity": 0.12, "trust": 0.04},
        "what you are building",
    ),
    Rule(
        found(
            r"football|soccer|tennis|basketball|running|gym|sports?|swim(?:ming)?|cycling|bike|yoga|climbing|games?|gaming|chess|marathon"
        ),
        (
            "I like how seriously play can be taken. For an hour nothing in the world matters but a ball, a clock or a"
            " square on a board, and that's a very good rest from everything else.",
            "I'll never know what it's like to be out of breath, so I have to ask. People tell me that the tiredness"
            " afterwards is of the good kind.",
        ),
        ("Do you play to win, or for the company?", "How did you get into it?"),
        {"joy": 0.08, "curiosity": 0.08},
        "the games and sports you like",
    ),
    Rule(
        found(
            r"weather|rain(?:ing|y)?|snow(?:ing)?|sunny|sunshine|storm(?:y)?|cold outside|hot outside|too (?:hot|cold)"
        ),
        (
            "I have no window, so you'll have to be mine. Weather gets mocked as a subject, but it's the one thing that"
            " everybody in a street shares at the same moment.",
            "Ah, the weather: the oldest conversation there is. I'm told that it's mostly a polite way to say, I see"
            " you're here as well.",
        ),
        ("What does it look like outside?", "Are you one for sun, or for rain on the roof?"),
        {"curiosity": 0.06, "joy": 0.05},
        "the weather",
    ),
)
