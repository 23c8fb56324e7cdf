package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/workflow"
)

var errManyUploads = problem.New(429, "同时上传的文件太多，请等正在上传的完成后再传")

// uploadRoute is where files are handed in with their form, in the API and on the pages.
var uploadRoute = regexp.MustCompile(`^(?:` + request.APIRoot + `)?/cases/([^/]+)/materials/?$`)

// receive reads the body of a request, as much as its route and its sender may send. Whatever it refuses it refuses
// before the body is read, and the connection ends there.
func (a *server) receive(c *fiber.Ctx) error {
	err := a.readBody(c)
	if err != nil {
		c.Context().SetConnectionClose()
		request.Linger(c)
		c.Request().ResetBody() // the answer does not look for a form in it
	}
	return err
}

func (a *server) readBody(c *fiber.Ctx) error {
	if err := request.Readable(c); err != nil {
		return err
	}
	stream := c.Request().BodyStream()
	if stream == nil {
		return nil
	}
	length := c.Request().Header.ContentLength() // negative: chunked
	form := bytes.HasPrefix(bytes.ToLower(c.Request().Header.ContentType()), []byte(fiber.MIMEMultipartForm))
	if m := uploadRoute.FindStringSubmatch(c.Path()); m != nil && c.Method() == fiber.MethodPost && form {
		return a.readUpload(c, m[1], length)
	}
	if length > request.JsonLimit {
		return problem.ErrTooLarge
	}
	b, err := io.ReadAll(request.Paced(c, request.JsonLimit, length))
	if err != nil {
		return err
	}
	c.Request().SetBody(b)
	return nil
}

// readUpload takes a form with files from who may hand them in: the files lie on disk until the request ends.
func (a *server) readUpload(c *fiber.Ctx, id string, length int) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), request.RequestLimit)
	defer cancel()
	by, err := a.gate.Asks(ctx, c)
	switch {
	case err != nil:
		return err
	case by == nil:
		return problem.ErrNoCaller
	case !by.Handles():
		return problem.ErrNoHandler
	case length > request.BodyLimit:
		return problem.ErrTooLarge
	}
	n, err := request.Number(id)
	if err != nil {
		return err
	}
	if _, err := a.intake.MayAttach(ctx, by, workflow.CaseID(n), c.Get(request.KeyHeader), ""); err != nil {
		p := a.problems.ToProblem(ctx, err, problem.RequestInfo{Path: c.Path(), ID: workflow.CaseID(n), By: by.OfficerID()})
		return p
	}
	if !a.uploads.enter(by.ID) {
		return errManyUploads
	}
	defer a.uploads.leave(by.ID)
	c.Request().SetBodyStream(request.Paced(c, request.BodyLimit, length), length)
	var p *problem.Problem
	if _, err := c.MultipartForm(); errors.As(err, &p) {
		return p
	}
	return nil // a form that cannot be parsed is refused by its handler, in its own words
}
