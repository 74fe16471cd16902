// A style sheet: importing it is all that one does with it.
export {};
