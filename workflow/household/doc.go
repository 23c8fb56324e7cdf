// Package household is the life of a household: who belongs to it, what may change in its file and by whom (A30, A32,
// R22, R23), and what homestead it holds.
package household
