using System.Runtime.CompilerServices;
using GpuPerceptron.Diagnostics.Certificates;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>The float64 sums of losses and residuals over some rows.</summary>
internal struct LossTotal
{
    private const double MostOdds = 1e300; // a few times as many, times their logarithm, are within float64

    private double _linear; // Σ s ℓ = this
    private double _odds;   // + log(1 + this)

    /// <summary>Σ s ℓ.</summary>
    public readonly double Loss => _linear + Logistic.LogOnePlus(_odds);

    /// <summary>Σ s r.</summary>
    public double Residuals { readonly get; private set; }

    /// <summary>Adds sums in float32, and clears these.</summary>
    /// <param name="losses">Σ s ℓ of up to 1,000 rows.</param>
    /// <param name="residuals">Σ s r, likewise.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take<TLanes>(ref LossSums<TLanes> losses, ref TLanes residuals)
        where TLanes : struct, ILanes<TLanes>
    {
        _linear += TLanes.SumInDouble(losses.Linear);
        double odds = losses.OddsInDouble;
        if (_odds > MostOdds / Math.Max(odds, 1))
        {
            _linear += Logistic.LogOnePlus(_odds);
            _odds = 0;
        }

        _odds = Odds.Product(_odds, odds);
        Residuals += TLanes.SumInDouble(residuals);
        losses = default;
        residuals = default;
    }
}
