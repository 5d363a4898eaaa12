namespace GpuPerceptron.Data;

/// <summary>
/// A number for each index of sparse features, of which there may be 2²⁷ with few in use: memory is taken, page by page, only where a number was set.
/// Safe for concurrent reading.
/// </summary>
public sealed class IndexMap
{
    private const int PageBits = 12;
    private const int PageLength = 1 << PageBits;

    private readonly int[]?[] _pages;
    private int[] _absent; // a page of what every index has that none was set for

    /// <summary>A map in which all indices have one number.</summary>
    /// <param name="length">Indices go from 0 to below this.</param>
    /// <param name="absent">The number of all indices for which none is set.</param>
    internal IndexMap(int length, int absent)
    {
        Length = length;
        _pages = new int[]?[(length + PageLength - 1) >> PageBits];
        _absent = PageOf(absent);
    }

    /// <summary>A map from each index to its place in a list, and from all others to −1.</summary>
    /// <param name="indices">Distinct, at least 0.</param>
    public static IndexMap PlacesOf(ReadOnlySpan<int> indices)
    {
        int greatest = -1;
        foreach (int index in indices)
            greatest = Math.Max(greatest, index);
        var map = new IndexMap(greatest + 1, absent: -1);
        map.SetPlaces(indices);
        return map;
    }

    /// <summary>Indices go from 0 to below this.</summary>
    public int Length { get; }

    /// <summary>The number of an index; of one outside of the map what it has for indices without one.</summary>
    public int this[int index] => (uint)index < (uint)Length ? (_pages[index >> PageBits] ?? _absent)[index & (PageLength - 1)] : _absent[0];

    /// <summary>The number of an index, to be set.</summary>
    /// <param name="index">From 0 to below <see cref="Length"/>.</param>
    internal ref int At(int index) => ref (_pages[index >> PageBits] ??= PageOf(_absent[0]))[index & (PageLength - 1)];

    /// <summary>The indices whose number is not that of those without one, ascending.</summary>
    internal IEnumerable<int> Present()
    {
        for (int page = 0; page < _pages.Length; page++)
        {
            if (_pages[page] is not { } numbers) continue;
            for (int place = 0; place < PageLength; place++)
            {
                if (numbers[place] != _absent[0]) yield return (page << PageBits) + place;
            }
        }
    }

    /// <summary>Forgets all numbers: indices in a list have their place there from now on, all others −1. No memory is taken for pages there are.</summary>
    /// <param name="indices">Distinct, each from 0 to below <see cref="Length"/>.</param>
    internal void SetPlaces(ReadOnlySpan<int> indices)
    {
        _absent = PageOf(-1);
        foreach (int[]? page in _pages)
            page?.AsSpan().Fill(-1);
        for (int place = 0; place < indices.Length; place++)
            At(indices[place]) = place;
    }

    private static int[] PageOf(int number)
    {
        int[] page = new int[PageLength];
        Array.Fill(page, number);
        return page;
    }
}
