// Package breaches judges what is said of an entry of the breach register: the explanation of the late office, the
// auditor's ruling, and the end of it (销号). The entry itself is opened by the engine, with the red rung.
package breaches
