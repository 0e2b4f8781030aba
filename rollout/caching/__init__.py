"""Page cache: public responses are rendered once for a data version and a day.

A request passes `wsgi` (the application that the server calls). `keys` reduces it to a cache key
and tells whether its response may be cached; `data_version` knows the current data version without
a query for each request; `store` holds the cached responses of this process, `responses` encodes
and sends them. A miss is rendered by `rendering`, which calls Django in a thread pool. When that
fails or the database does not answer, `stale` has the previous response, from memory or disk;
`middleware` is the 503 page for when there is none.

Inside Django: `decorators` makes a view public, `fragments` caches results and parts of pages,
`compression` negotiates encodings, for cached responses and all others.
"""
