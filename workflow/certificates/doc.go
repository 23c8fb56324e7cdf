// Package certificates is what may be done with a certificate after it was issued (R53, Licensing Law Art. 49, 50, 69,
// 70): by whom, what stands in its place, and what becomes of that which rests on it.
package certificates
