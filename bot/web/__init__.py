"""The web process: what platforms, browsers and monitors ask of this server. It carries no torch and no worker.

app           puts the routes together
spoken_packs  every request speaks with the packs that are live at its beginning
webhooks      verify -> keep -> wake a worker -> 200
chat          the web chat's door: the page, what it sends, what it waits for
chat_page     the page itself: its files and texts
chat_rate     how often one chat may write
chat_form     one message of the page as it streams in
chat_intake   that message on its way into the inbox
chat_watch    who waits for news, and one look at the database for all of them
media         one photograph or voice note, for the platform that was told its address
console       the console's pages
health        GET /health
metrics       GET /metrics
"""
