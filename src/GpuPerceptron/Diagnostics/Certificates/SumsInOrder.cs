namespace GpuPerceptron.Diagnostics.Certificates;

/// <summary>
/// Adds the sums of units, which threads finish in any order, in the units' own: the bits are those of one thread, and little more
/// than a unit a thread is in memory at once. Safe for concurrent use.
/// </summary>
/// <param name="create">Makes sums of nothing.</param>
internal sealed class SumsInOrder(Func<PreciseSums> create) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, PreciseSums> _early = []; // whose turn has not come
    private readonly Stack<PreciseSums> _free = new();
    private PreciseSums? _total;
    private int _next;

    /// <summary>Sums of nothing, for a unit.</summary>
    public PreciseSums Begin()
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var sums)) return create();
            sums.Clear();
            return sums;
        }
    }

    /// <summary>Takes a unit's sums.</summary>
    /// <param name="unit">Its number, from 0.</param>
    /// <param name="sums">What <see cref="Begin"/> gave.</param>
    public void End(int unit, PreciseSums sums)
    {
        lock (_gate)
        {
            _early.Add(unit, sums);
            for (; _early.Remove(_next, out var turn); _next++)
            {
                if (_total is null)
                {
                    _total = turn;
                    continue;
                }

                _total.Add(turn);
                _free.Push(turn);
            }
        }
    }

    /// <summary>Hands over the sum of all units.</summary>
    public PreciseSums Take()
    {
        var total = _total ?? throw new InvalidOperationException("there is no unit");
        _total = null;
        return total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _total?.Dispose();
        foreach (var sums in _early.Values.Concat(_free))
            sums.Dispose();
    }
}
