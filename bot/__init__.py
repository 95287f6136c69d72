"""The domain of chats. A map of the rooms, in the order a message meets them.

web.webhooks   verifies a call and hands its updates to the inbox
inbox          the only writer of inbound rows: receive, claim, finish, park
channels       adapters: a platform's words <-> ours
conversation   pure: (state, event) -> (state, replies, effects)
clinical       danger signs and conditions: data with sources, pure functions over them
guard          what a machine wrote, held to what may be said to a patient; reading: its tricks of spelling
media          photographs: check, strip, judge, encrypt, store, erase
outbox         what is to be sent: claim, sent, failed, retry times
receipts       what the provider says of it later
pace, breakers how fast messages may leave, and whether at all
talk           what is wanted of the language model, and what it said
copies         ids of what a provider holds of a chat too, so that erasing reaches it
rendering      a reply in one language, within a channel's limits
queue          wake-up calls; the row is the truth

`bot` never imports torch, `model` or `worker`.
"""
