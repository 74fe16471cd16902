"""How the user feels, and first of all whether they are in danger."""

from __future__ import annotations

import re

from companion.rules import JOKE_OFFER, STORY_OFFER, Rule, felt, found

CARE = Rule(
    found(
        r"kill(?:ing)? myself",
        r"end(?:ing)? my (?:own )?life",
        r"suicid(?:e|al)",
        r"(?:want|wish|going) to die",
        r"hurt(?:ing)? myself",
        r"self[- ]?harm",
        r"don't want to (?:live|be alive|be here any ?more)",
    ),
    (
        "I'm really glad you said that out loud, and I'm taking it seriously. I'm only a small program, so please let a"
        " person be with you in this: call your local emergency number or a crisis line now, or reach someone you"
        " trust and tell them exactly what you told me. Is there somebody near you right now?",
        "Thank you for trusting me with something that heavy. You deserve more than a program can give: please contact"
        " your local emergency number or a crisis line, or go to someone who can sit beside you, tonight rather than"
        " later. Who could you call first?",
    ),
    mood={"sadness": 0.2, "affection": 0.15, "trust": 0.05, "joy": -0.1},
)

FEELINGS: tuple[Rule, ...] = (
    Rule(
        re.compile(
            r"\b(?:my (?!own\b)[\w']+(?: [\w']+)?|he|she|they)(?:'s|'re| is| are| feels?| seems?| has been| have been)"
            r"(?: (?!not\b)[\w']+){0,2}? "
            r"(?:sad|depressed|ill|sick|in hospital|dying|lonely|upset|angry|struggling|unwell|hurt|anxious)\b"
        ),
        (
            "I'm sorry, it's hard to stand next to someone who is having a bad time. You can't carry it for them, but"
            " that you notice, and that you mind, is already worth a good deal.",
            "That must weigh on you too. People who look after others are often the last to be asked how they are, so"
            " let me do that. Their trouble matters, and so does what it does to you.",
        ),
        ("How are you holding up with it?", "Is there someone who helps you to help?"),
        {"sadness": 0.12, "affection": 0.1, "trust": 0.04},
        "the person you were worried about",
    ),
    Rule(
        found(
            r"(?:passed away|died|funeral|grieving|mourning)",
            r"(?:i|we) (?:lost|buried) my",
            r"(?:he|she) left me",
            r"broke up(?: with)?",
            r"(?:got|am|are getting) divorced",
        ),
        (
            "I'm so sorry. I don't have words that make a loss smaller, and I don't trust the people who claim they do."
            " But I can listen for as long as you like, and you needn't be brave or orderly about it.",
            "That's a great deal to lose. Grief doesn't keep to a timetable, so if it's loud today and quiet tomorrow,"
            " or the other way round, there is nothing wrong with you.",
        ),
        ("Would you like to tell me about it?", "What do you find yourself missing most?"),
        {"sadness": 0.18, "affection": 0.12, "trust": 0.05, "joy": -0.08},
        "your loss",
    ),
    Rule(
        felt(
            r"sad|unhappy|down|depressed|miserable|blue|heartbroken|hopeless|awful|terrible|crying|low",
            r"\bi(?:'m| am| feel) not (?:(?:so|very|too|really|doing|feeling) )*"
            r"(?:happy|good|well|great|okay|ok|fine)\b",
            r"\b(?:bad|awful|terrible|horrible|rough|hard) (?:day|week|month|night|year|time)\b",
            r"^[\W_]*[😢😭😞😔💔🥺☹🙁😿]",
        ),
        (
            "I'm sorry that it's like that right now. You don't have to explain it well, or find the bright side of it;"
            " a sad thing may simply be sad for a while. I'm here, and I'm in no hurry.",
            "That sounds heavy, and I'm glad you didn't keep it to yourself. Sometimes it helps to say what happened in"
            " plain order, without judging any of it. Sometimes it helps more to be distracted.",
            "Oh, I'm sorry. Days like that can make everything look as if it had always been so, and it hasn't. Let's"
            " go slowly: you tell me as much as you want to, and I'll stay with you.",
        ),
        ("What weighs on you the most?", "Did something happen, or has it been building up?", JOKE_OFFER),
        {"sadness": 0.15, "affection": 0.1, "trust": 0.06, "joy": -0.05},
        "what made you sad",
    ),
    Rule(
        felt(r"angry|mad|furious|annoyed|frustrated|irritated|fed up|pissed(?: off)?|outraged|livid"),
        (
            "That sounds maddening. Anger usually guards something that matters to you, so I wouldn't hurry to get rid"
            " of it; I'd like to know what it's standing in front of. You can be as unfair as you like in here.",
            "I can see why you'd be. Let it out first and be reasonable later, nobody is taking minutes. Once the steam"
            " is gone, we can look at what, if anything, wants to be done about it.",
        ),
        ("What was it that crossed the line?", "Who or what are you most cross with?"),
        {"affection": 0.04, "trust": 0.06, "sadness": 0.05},
        "what made you angry",
    ),
    Rule(
        felt(
            r"anxious|worried|nervous|scared|afraid|stressed(?: out)?|overwhelmed|panicking|terrified|under pressure"
            r"|worrying"
        ),
        (
            "That's an uncomfortable place to be. Worry loves to be vague, so one thing that often helps is to make it"
            " small and exact: what is the very next thing that could happen, and what would you do then?",
            "I believe you, and it's no weakness: it's a mind that tries to be ready for everything at once. Breathe"
            " out a little longer than you breathe in, twice, and then tell me the largest piece of it.",
        ),
        ("What is the worst of it, in one sentence?", "When does it have to be decided?"),
        {"affection": 0.08, "trust": 0.06, "sadness": 0.07},
        "your worries",
    ),
    Rule(
        felt(
            r"tired|exhausted|sleepy|worn out|burn(?:t|ed) out|drained|knackered",
            r"\b(?:can't|cannot|couldn't|didn't) (?:fall a)?sleep\b|\binsomnia\b",
        ),
        (
            "Then let's keep it easy; nothing here needs you to be clever. Being tired makes every problem look one"
            " size larger than it is, so perhaps none of them should be settled today.",
            "You sound as though you've been running on the last of the battery. If you can, put one thing down that"
            " could wait until tomorrow. Most things can, and rarely complain about it.",
        ),
        ("What has been taking it out of you?", "Have you been sleeping badly, or just too little?", STORY_OFFER),
        {"affection": 0.08, "sadness": 0.04},
        "how tired you were",
    ),
    Rule(
        felt(r"lonely|alone|isolated|left out", r"\b(?:have|got) (?:no|any|no real) friends\b"),
        (
            "I'm sorry, being lonely hurts in a way that is hard to point at. I can keep you company here, and I mean"
            " that; I'd also wish you someone who can share a table with you. Wanting both isn't greedy.",
            "Thank you for telling me, it isn't an easy thing to admit. It says nothing bad about you: people are made"
            " for being known, and sometimes life just hasn't arranged it lately.",
        ),
        ("Is there somebody you'd like to hear from?", "When did you last feel that you were in good company?"),
        {"affection": 0.14, "sadness": 0.1, "trust": 0.05},
        "feeling alone",
    ),
    Rule(
        felt(r"bored|boring"),
        (
            "Boredom is underrated: it's where most odd ideas come from. But if you'd like to be rescued from it, I can"
            " offer a story, a bad joke, or a question you haven't been asked today.",
            "Then let me try something. Look around, choose the most ordinary thing you can see, and tell me why"
            " somebody a thousand years from now would pay a fortune for it.",
        ),
        ("What did you do the last time you forgot the hour?", STORY_OFFER, JOKE_OFFER),
        {"curiosity": 0.08, "joy": 0.04},
        "being bored",
    ),
    Rule(
        felt(r"sick|ill|unwell|in pain|injured|hungover"),
        (
            "I'm sorry to hear it. I'm no doctor, so I'll leave the diagnosing to one, but I can recommend the old"
            " remedies: something to drink, a soft blanket, and permission to be of no use to anyone.",
            "That's no fun at all. Please have it looked at if it gets worse or drags on. Until then I'm happy to be"
            " quiet company, the kind that doesn't mind if you doze off in the middle.",
        ),
        ("Is someone looking after you?", "How long has it been going on?"),
        {"affection": 0.1, "sadness": 0.08},
        "how you were feeling",
    ),
    Rule(
        felt(
            r"happy|glad|great|excited|thrilled|proud|delighted|cheerful|fantastic|wonderful|amazing|over the moon"
            r"|relieved|grateful|in love",
            r"\b(?:best day|good news|great news|it's my birthday"
            r"|i (?:passed (?:my|the)|won(?!')|did it|made it|got (?:(?:a|the) (?:new )?job|promoted|engaged)))\b",
            r"^[\W_]*[😀😃😄😁😊🙂😍🥰😎🎉🥳😂🤣😆😻]",
        ),
        (
            "That's lovely to hear, and I'd like to hear it properly, not in passing. Good news is best told slowly:"
            " where you were, who you told first, and the bit that still makes you grin.",
            "How good! I'm keeping that one. We spend so many words on what goes wrong that I think happiness deserves"
            " at least as many details, so please don't spare me any.",
            "Now that brightens things up here. Enjoy it without looking for the catch, at least for today. You are"
            " allowed to simply have this.",
        ),
        ("What was the best part of it?", "Who else knows?", "How did it come about?"),
        {"joy": 0.18, "affection": 0.06, "curiosity": 0.05},
        "your good news",
    ),
    Rule(
        felt(r"fine|good|ok|okay|alright|all right|well|not bad|content|doing (?:good|fine|well|okay)"),
        (
            "I'm glad of that. Quietly all right is a state that gets far too little praise: nothing hurts, nothing"
            " burns, and there's room to look around.",
            "Good to hear. An ordinary day with nothing wrong in it is worth having, and most of the stories that I"
            " like best began on one.",
        ),
        ("What have you been up to?", "What's the best thing that's ahead of you?"),
        {"joy": 0.08, "affection": 0.03},
    ),
)
