// Package web renders pages: templates, assets, the layout and the lines that several pages show.
package web
