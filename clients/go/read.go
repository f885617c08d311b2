package leadrun

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

func (c *Client) readRun(ctx context.Context, request *call) (*Run, error) {
	answer, err := c.exchange(ctx, request)
	if err != nil {
		return nil, err
	}
	return c.runOf(answer.body)
}

// exchange sends a request that waits for nothing.
func (c *Client) exchange(ctx context.Context, request *call) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, max(c.timeout, request.timeout))
	defer cancel()
	return c.policy.exchange(ctx, request)
}

// get sends a request and reads the JSON of its answer.
func get[T any](ctx context.Context, c *Client, request *call) (*T, error) {
	answer, err := c.exchange(ctx, request)
	if err != nil {
		return nil, err
	}
	return read[T](answer.body)
}

func read[T any](body []byte) (*T, error) {
	into := new(T)
	if err := decode(body, into); err != nil {
		return nil, err
	}
	return into, nil
}

// list reads a collection that has no pages.
func list[T any](ctx context.Context, c *Client, path, name string) ([]T, error) {
	body, err := get[map[string]json.RawMessage](ctx, c, &call{method: http.MethodGet, path: path})
	if err != nil {
		return nil, err
	}
	var items []T
	_ = json.Unmarshal((*body)[name], &items)
	return items, nil
}

// pages iterates over a collection, page by page.
func pages[T any](
	ctx context.Context, c *Client, path, name string, query url.Values, build func([]byte) (*T, error),
) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		query := maps.Clone(query)
		for {
			page, err := get[map[string]json.RawMessage](ctx, c, &call{method: http.MethodGet, path: path, query: query})
			if err != nil {
				yield(nil, err)
				return
			}
			var items []json.RawMessage
			_ = json.Unmarshal((*page)[name], &items)
			for _, item := range items {
				if one, err := build(item); !yield(one, err) || err != nil {
					return
				}
			}
			cursor := ""
			for _, member := range []string{"nextCursor", "next_cursor"} {
				_ = json.Unmarshal((*page)[member], &cursor)
			}
			if cursor == "" {
				return
			}
			query.Set("cursor", cursor)
		}
	}
}

func pageSize(size int) string {
	if size == 0 {
		size = 100
	}
	return strconv.Itoa(size)
}
