package handlers

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"anju/handlers/request"
)

// Client is the client of these tests, for those that stand outside the package.
type Client struct {
	client
	Web tester
}

// LogIn opens a session for a demo account.
func LogIn(t *testing.T, web tester, login string) *Client {
	t.Helper()
	return &Client{*logIn(t, web, login), web}
}

// Ask sends JSON and reads JSON.
func (c *Client) Ask(method, path, body string, headers ...string) (int, map[string]any) {
	c.t.Helper()
	return c.ask(method, path, body, headers...)
}

// Upload hands in a scan.
func (c *Client) Upload(path, code, name string, content []byte) (int, map[string]any) {
	c.t.Helper()
	return c.upload(path, code, name, content)
}

// SmallPNG is one pixel.
var SmallPNG = smallPNG

// Conforming holds every JSON answer of web to the schema that its document publishes.
func Conforming(t *testing.T, web tester) tester {
	t.Helper()
	return conforming(t, web)
}

// Page reads a page of the account.
func (c *Client) Page(path string) string {
	c.t.Helper()
	res := c.raw("GET", path, nil)
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		c.t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
	}
	return string(b)
}

// Raw sends JSON and gives the answer as it came.
func (c *Client) Raw(method, path string, body []byte) *http.Response {
	c.t.Helper()
	if body == nil {
		return c.raw(method, path, nil)
	}
	return c.raw(method, path, bytes.NewReader(body), "Content-Type", "application/json")
}

// Nobody is a client without a session.
func Nobody(t *testing.T, web tester) *Client {
	t.Helper()
	return Holding(t, web, "")
}

// Holding is a client with the token of a session.
func Holding(t *testing.T, web tester, token string) *Client {
	t.Helper()
	return &Client{client{t: t, web: web, token: token}, web}
}

// Routes is the routes table of an app that serves the demo county.
func Routes(t *testing.T) []request.Route {
	t.Helper()
	return emptyApp(t).routes()
}
