package api

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/view"
)

// viewPackage is where the types lie that the API and the pages share.
var viewPackage = reflect.TypeFor[view.Case]().PkgPath()

// published are the names that the document gives to types of the view, where they are not the type's own and JSON.
var published = map[string]string{"CaseHead": "CaseHead", "CountedDay": "DayJSON", "BackEntry": "BackJSON",
	"Extension": "ExtendedJSON"}

// schemaName returns the name under which a type stands in the document. Programs were written against these names, so
// they do not follow the types: of the view they end in JSON, alone and in lists.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	list, own := "", t.PkgPath() == viewPackage
	if strings.HasPrefix(t.Name(), "listOf["+viewPackage+".") {
		list, own = "ListOf", true
	}
	if !own {
		return name
	}
	name = strings.TrimPrefix(name, list)
	if old, ok := published[name]; ok {
		return list + old
	}
	return list + name + "JSON"
}
