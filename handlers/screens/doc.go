// Package screens holds the tests that use the product as people do: the program itself, started as a demo county,
// before a real Chromium. There is nothing to import here. What the people want of the screens is measured: keys, taps,
// clicks, bytes, and that nothing they typed is ever lost.
package screens
